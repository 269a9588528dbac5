import { listingsFeedType } from './feeds/feed-types.ts'
import { operations, type Operation } from './operations.ts'
import type { BucketLevelName, BucketRow, Seller } from './records.ts'
import { AmazonRefusalError } from './refusals.ts'
import { hasToken, refilled, withoutToken, type UsagePlan } from './token-bucket.ts'
import { sellerKeyOf, type World } from './world.ts'

/** Who sends a request, and what in it touches further limits. */
export interface Usage {
  operation: Operation
  sellerKey: string
  clientId: string
  preview: boolean
  attributeNames: readonly string[]
  /** Of createFeed only. */
  feedType?: unknown
}

interface Limit {
  level: BucketLevelName
  owner: string
  plan: UsagePlan
  message: string
}

const perPair = 'You exceeded your quota for the requested resource.'
const perApplication = 'The frequency of requests was greater than what is allowed for the application.'
const previewRate = 20
const productDataRate = 100
const relationshipRate = 100
/** Five feeds in five minutes per seller and region. */
const listingsFeedPlan: UsagePlan = { rate: 5 / 300, burst: 5 }
const relationshipAttributes = ['child_parent_sku_relationship', 'package_contains_sku']
const offerAttributes = ['fulfillment_availability', 'purchasable_offer']

/**
 * Takes one token from every bucket the request is checked against, or from none and throws Amazon's 429.
 * Source: "Usage plans and rate limits", "Listings Items API rate limits" (several buckets, the first empty one throttles).
 */
export function takeTokens(world: World, usage: Usage, now: number): void {
  const checked = limitsOf(world, usage).map((limit) => ({ limit, row: refilledRow(world, { usage, limit }, now) }))
  const empty = checked.find(({ row }) => !hasToken(row))
  if (empty) {
    empty.row.throttled++
    world.buckets.save(empty.row)
    throw throttled(empty.limit.message)
  }
  for (const { row } of checked) {
    Object.assign(row, withoutToken(row))
    row.ok++
    world.buckets.save(row)
  }
}

/** Counts a 429 that a fault invented. */
export function countThrottle(world: World, usage: Usage, now: number): void {
  const [pair] = limitsOf(world, usage)
  if (!pair) return
  const row = refilledRow(world, { usage, limit: pair }, now)
  row.throttled++
  world.buckets.save(row)
}

/** Amazon's 429. */
export function throttled(message = perPair): AmazonRefusalError {
  return new AmazonRefusalError(429, { code: 'QuotaExceeded', message })
}

/** Tokens in the seller's own bucket before a request takes one. */
export function pairTokens(world: World, usage: Usage, now: number): number {
  const [pair] = limitsOf(world, usage)
  return pair ? refilledRow(world, { usage, limit: pair }, now).tokens : 0
}

/** The usage plan in force: the documented one unless the settings name another. */
export function planOf(world: World, operation: Operation): UsagePlan {
  return world.settings.rates[operation.name] ?? { rate: operation.rate, burst: operation.burst }
}

/** Every name under which the settings may hold a usage plan. */
export const planNames: readonly string[] = [
  ...operations.map(({ name }) => name),
  ...operations.filter(({ applicationRate }) => applicationRate !== undefined).map(({ name }) => `${name}:application`),
  'patchListingsItem:preview',
  'patchListingsItem:product_data',
  'patchListingsItem:relationships',
  'createFeed:feed_type',
]

/** One row of `GET /_sim/buckets`. */
export interface BucketView {
  level: BucketLevelName
  operation: string
  rate: number
  burst: number
  tokens: number
  ok: number
  throttled: number
}

/** Every pair bucket of a seller, used or not, and the application buckets its calls went through. */
export function listBuckets(world: World, seller: Seller, now: number): BucketView[] {
  const sellerKey = sellerKeyOf(seller)
  const clientIds = new Set<string>()
  for (const token of world.accessTokens.all()) if (token.sellerKey === sellerKey) clientIds.add(token.clientId)
  return operations
    .filter(({ scope }) => scope === undefined)
    .flatMap((operation) => {
      const usage = {
        operation,
        sellerKey,
        preview: true,
        feedType: listingsFeedType,
        attributeNames: [relationshipAttributes[0] ?? '', 'item_name'],
      }
      const clients = clientIds.size > 0 ? [...clientIds] : ['']
      const limits = clients.flatMap((clientId) => limitsOf(world, { ...usage, clientId }))
      const distinct = new Map(limits.map((limit) => [bucketId(usage, limit), limit]))
      return [...distinct.values()].flatMap((limit) => viewOf(world, { usage: { ...usage, clientId: '' }, limit }, now))
    })
}

function viewOf(world: World, which: { usage: Usage; limit: Limit }, now: number): BucketView[] {
  const { limit, usage } = which
  const isSellers = limit.level === 'pair' || limit.level === 'feed_type'
  if (!isSellers && !world.buckets.find(bucketId(usage, limit))) return []
  const { tokens, ok, throttled: refused } = refilledRow(world, which, now)
  return [{ level: limit.level, operation: usage.operation.name, ...limit.plan, tokens, ok, throttled: refused }]
}

function limitsOf(world: World, usage: Usage): Limit[] {
  const { operation, clientId } = usage
  const limits: Limit[] = [{ level: 'pair', owner: usage.sellerKey, plan: planOf(world, operation), message: perPair }]
  // Amazon documents no burst for these: one second's worth is taken.
  const application = (level: BucketLevelName, rate: number, message = perApplication): void => {
    const plan = overridden(world, operation, level) ?? { rate, burst: rate }
    limits.push({ level, owner: clientId, plan, message })
  }
  if (usage.feedType === listingsFeedType && operation.name === 'createFeed') {
    const plan = overridden(world, operation, 'feed_type') ?? listingsFeedPlan
    limits.push({ level: 'feed_type', owner: usage.sellerKey, plan, message: perPair })
  }
  if (operation.applicationRate !== undefined) application('application', operation.applicationRate)
  if (operation.name !== 'patchListingsItem') return limits
  if (usage.preview) application('preview', previewRate)
  if (usage.attributeNames.some((name) => relationshipAttributes.includes(name))) {
    application(
      'relationships',
      relationshipRate,
      `${perApplication.slice(0, -'the application.'.length)}relationships.`,
    )
  }
  if (usage.attributeNames.some((name) => !offerAttributes.includes(name) && !relationshipAttributes.includes(name))) {
    application('product_data', productDataRate, `${perApplication.slice(0, -'the application.'.length)}product data.`)
  }
  return limits
}

/** The plan the settings name for one level of an operation. */
function overridden(world: World, operation: Operation, level: BucketLevelName): UsagePlan | undefined {
  return world.settings.rates[`${operation.name}:${level}`]
}

function bucketId(usage: { operation: Operation }, limit: Limit): string {
  return `${limit.level}|${usage.operation.name}|${limit.owner}`
}

function refilledRow(world: World, which: { usage: Usage; limit: Limit }, now: number): BucketRow {
  const { usage, limit } = which
  const id = bucketId(usage, limit)
  const row = world.buckets.find(id) ?? {
    id,
    level: limit.level,
    owner: limit.owner,
    operation: usage.operation.name,
    tokens: limit.plan.burst,
    at: now,
    ok: 0,
    throttled: 0,
  }
  Object.assign(row, refilled(row, limit.plan, { now, mode: world.settings.refill }))
  return row
}
