import { orderDatasets, orderView, datasetRoles, type OrderDataset } from './order-view.ts'
import { readOwnJson } from './json.ts'
import { checkMarketplaces, integerOf, listOf, type Query } from './query.ts'
import { orderStatuses, type FulfilledBy, type Order, type OrderStatus, type Seller } from './records.ts'
import { accessDenied, invalidInput, notFound } from './refusals.ts'
import { isoSeconds, parseIso, wholeSecond } from './times.ts'
import { sellerKeyOf, type World } from './world.ts'

/** A searchOrders call after its parameters were checked. */
export interface OrderSearch {
  by: 'created' | 'lastUpdated'
  after: number
  before: number | null
  marketplaceIds: string[] | null
  statuses: OrderStatus[] | null
  fulfilledBy: FulfilledBy[] | null
  maxResults: number
  datasets: OrderDataset[]
  /** From a pagination token: the bound of the first page and the last order seen. */
  resume: { bound: number; at: number; orderId: string } | null
  /** Everything that must be repeated unchanged with a token. */
  fingerprint: string
}

const mostMarketplaces = 50
const youngestBeforeMs = 120_000
const tokenLifeMs = 24 * 3600 * 1000

/** Reads and checks the parameters. Source: Orders 2026-01-01, searchOrders. */
export function readOrderSearch(world: World, seller: Seller, call: { query: Query; now: number }): OrderSearch {
  const { query, now } = call
  const by = readKind(query)
  const after = readTime(query, `${by}After`) ?? 0
  const before = readTime(query, `${by}Before`) ?? null
  if (before !== null && before < after) throw invalidInput(`'${by}Before' must be equal to or after '${by}After'.`)
  if (before !== null && before > now - youngestBeforeMs) {
    throw invalidInput(`'${by}Before' must be at least two minutes before the time of the request.`)
  }
  const marketplaceIds = query.list('marketplaceIds') ?? null
  if (marketplaceIds && marketplaceIds.length > mostMarketplaces) {
    throw invalidInput(`At most ${mostMarketplaces} marketplaceIds are allowed, ${marketplaceIds.length} were sent.`)
  }
  checkMarketplaces(seller, marketplaceIds ?? [], invalidInput)
  const fingerprint = fingerprintOf(seller, query)
  return {
    by,
    after,
    before,
    marketplaceIds,
    statuses: listOf(query, 'fulfillmentStatuses', { allowed: orderStatuses, complain: invalidInput }) ?? null,
    fulfilledBy:
      listOf(query, 'fulfilledBy', { allowed: ['MERCHANT', 'AMAZON'] as const, complain: invalidInput }) ?? null,
    maxResults: integerOf(query, 'maxResultsPerPage', { min: 1, max: 100, otherwise: 100, complain: invalidInput }),
    datasets: readDatasets(world, seller, query),
    resume: readToken(world, query.find('paginationToken'), { fingerprint, now }),
    fingerprint,
  }
}

/** The orders of one page, Amazon's bound for the next search and, unless this is the last page, a token. */
export interface OrderPage {
  orders: Order[]
  bound: number
  nextToken: string | null
}

/**
 * Orders whose time lies from `after` to the bound, both included, oldest first.
 * The bound is never younger than the visibility delay: what changed later is not in the answer and not lost,
 * because its time is at or past the bound that the caller starts from next.
 */
export function searchOrders(world: World, seller: Seller, call: { search: OrderSearch; now: number }): OrderPage {
  const { search, now } = call
  const newest = wholeSecond(now - world.settings.orderVisibilityMs)
  const bound = search.resume?.bound ?? Math.min(search.before ?? newest, newest)
  const timeOf = (order: Order) => (search.by === 'created' ? order.createdAt : order.updatedAt)
  const found = world.orders
    .inGroup(sellerKeyOf(seller))
    .filter((order) => isWanted(order, search) && timeOf(order) >= search.after && timeOf(order) <= bound)
    // An order placed just now with an old creation time is no more visible than any other new one.
    .filter((order) => order.placedAt <= newest)
    .filter((order) => !search.resume || isAfter(order, timeOf(order), search.resume))
    .toSorted((a, b) => timeOf(a) - timeOf(b) || (a.orderId < b.orderId ? -1 : 1))
  const orders = found.slice(0, search.maxResults)
  const last = orders.at(-1)
  if (!last || found.length === orders.length) return { orders, bound, nextToken: null }
  const resume = { bound, at: timeOf(last), orderId: last.orderId }
  return { orders, bound, nextToken: newToken(world, { search, resume, now }) }
}

/** The answer body of searchOrders. */
export function orderPageView(page: OrderPage, search: OrderSearch, who: { roles: string[]; now: number }): unknown {
  return {
    orders: page.orders.map((order) => orderView(order, { datasets: search.datasets, ...who })),
    ...(page.nextToken === null ? {} : { pagination: { nextToken: page.nextToken } }),
    [`${search.by}Before`]: isoSeconds(page.bound),
  }
}

/** The answer body of getOrder. An order can be read by id at once, before any search shows it. */
export function getOrderView(
  world: World,
  seller: Seller,
  call: { orderId: string; query: Query; now: number },
): unknown {
  const { orderId, query, now } = call
  if (!/^\d{3}-\d{7}-\d{7}$/.test(orderId)) throw invalidInput(`Order id '${orderId}' is not valid.`)
  const datasets = readDatasets(world, seller, query)
  return { order: orderView(findOwnOrder(world, seller, orderId), { datasets, roles: seller.roles, now }) }
}

/** The seller's order, or Amazon's 404. */
export function findOwnOrder(world: World, seller: Seller, orderId: string): Order {
  const order = world.orders.find(orderId)
  if (!order || sellerKeyOf(order) !== sellerKeyOf(seller)) throw notFound(`Order '${orderId}' was not found.`)
  return order
}

function readKind(query: Query): 'created' | 'lastUpdated' {
  const byCreation = query.has('createdAfter')
  if (byCreation === query.has('lastUpdatedAfter')) {
    throw invalidInput("Exactly one of 'createdAfter' and 'lastUpdatedAfter' must be provided.")
  }
  const foreign = byCreation ? 'lastUpdatedBefore' : 'createdBefore'
  if (query.has(foreign))
    throw invalidInput(`'${foreign}' cannot be combined with '${byCreation ? 'created' : 'lastUpdated'}After'.`)
  return byCreation ? 'created' : 'lastUpdated'
}

function readTime(query: Query, name: string): number | undefined {
  const text = query.find(name)
  if (text === undefined) return undefined
  const at = parseIso(text)
  if (at === undefined) throw invalidInput(`Value '${text}' of '${name}' is not an ISO 8601 date-time.`)
  return at
}

function readDatasets(world: World, seller: Seller, query: Query): OrderDataset[] {
  const datasets = listOf(query, 'includedData', { allowed: orderDatasets, complain: invalidInput }) ?? []
  const missing = datasets.some((dataset) => {
    const roles = datasetRoles[dataset]
    return roles !== undefined && !roles.some((role) => seller.roles.includes(role))
  })
  if (missing && world.settings.missingRole === 'refuse') throw accessDenied()
  return datasets
}

function isWanted(order: Order, search: OrderSearch): boolean {
  if (search.marketplaceIds && !search.marketplaceIds.includes(order.marketplaceId)) return false
  if (search.statuses && !search.statuses.includes(order.status)) return false
  return !search.fulfilledBy || search.fulfilledBy.includes(order.fulfilledBy)
}

function isAfter(order: Order, at: number, resume: { at: number; orderId: string }): boolean {
  return at > resume.at || (at === resume.at && order.orderId > resume.orderId)
}

const mayChangeBetweenPages = new Set(['paginationToken', 'maxResultsPerPage', 'includedData'])

function fingerprintOf(seller: Seller, query: Query): string {
  const kept = Object.entries(query.asRecord()).filter(([name]) => !mayChangeBetweenPages.has(name))
  return JSON.stringify([sellerKeyOf(seller), kept.toSorted(([a], [b]) => (a < b ? -1 : 1))])
}

type Resume = NonNullable<OrderSearch['resume']>

function newToken(world: World, of: { search: OrderSearch; resume: Resume; now: number }): string {
  const content = JSON.stringify({ ...of.resume, expiresAt: of.now + tokenLifeMs })
  const signature = world.ids.signature(`${content}${of.search.fingerprint}`)
  return Buffer.from(`${signature}${content}`).toString('base64url')
}

function readToken(world: World, token: string | undefined, of: { fingerprint: string; now: number }): Resume | null {
  if (token === undefined) return null
  const text = Buffer.from(token, 'base64url').toString()
  const content = text.slice(32)
  if (world.ids.signature(`${content}${of.fingerprint}`) !== text.slice(0, 32)) {
    throw invalidInput(
      'The paginationToken you have submitted is not valid. All parameters must match the original request except maxResultsPerPage and includedData.',
    )
  }
  const { expiresAt, ...resume } = readOwnJson<Resume & { expiresAt: number }>(content)
  if (of.now > expiresAt) throw invalidInput('The paginationToken you have submitted has expired.')
  return resume
}
