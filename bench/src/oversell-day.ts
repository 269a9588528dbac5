import type { GroupInputs } from '@lockstep/pacing/group-policy'
import type { GroupEvent, HoldStatement, SalesFigures } from '@lockstep/pacing/group-events'
import { simpleGroup } from '@lockstep/pacing/simulation/simulated-seller'
import { salesSince, second } from '@lockstep/pacing/unseen'
import { nextToWatch, salesRate, WATCH } from '@lockstep/pacing/watch'
import { type OneSkuConnector, oneSkuConnector } from './one-sku-connector.ts'
import { type StockBooks, stockBooks } from './stock-books.ts'
import { marketplaceId, patchOf, quantityAttribute, startVirtualAmazon, type VirtualAmazon } from './virtual-amazon.ts'

/**
 * How a seller tells Amazon what is left. `plain` sends the number of the books when it changes. `formula` takes off what the last write shows to be unseen,
 * which the next write forgets; `guarded` is the planner, which remembers it. `holds` keeps it from the shop too, and `watch` looks every ten seconds.
 */
export type Policy = 'plain' | 'formula' | 'guarded' | 'holds' | 'watch'

export interface DayOptions {
  policy: Policy
  seed: number
  onHand: number
  amazonPerHour: number
  shopPerHour: number
  maxListed?: number
  /** The day ends then, or some time after the last unit was sold. */
  longestMs: number
}

export interface DayEnd {
  /** Units promised to buyers that do not exist. */
  oversold: number
  soldOnAmazon: number
  soldInShop: number
}

interface Day {
  options: DayOptions
  amazon: VirtualAmazon
  books: StockBooks
  connector: OneSkuConnector
  startedAt: number
  /** What has been downloaded. */
  orders: Map<string, { at: number; isBooked: boolean }>
  soldOnAmazon: number
  soldInShop: number
  lastSaleAt: number
  /** What the plain policy sent last. */
  sent: number
}

const sku = 'SKU-1'
const minute = 60_000
const hour = 60 * minute
const pollMs = 5 * minute
const overlapMs = 10 * minute
const lookMs = 1_000
// From one of our services to the next.
const eventMs = { least: 50, most: 250 }
// A poll, the visibility of an order and a push, more than twice.
const afterSellOutMs = 20 * minute

/** Sells one item on Amazon and in a shop of one's own, buyers coming at random, until it is gone, by the rules of the product. */
export function oversellDay(options: DayOptions): DayEnd {
  const day = openDay(options)
  const { clock, chance } = day.amazon
  const { onHand, amazonPerHour, shopPerHour, policy, longestMs } = options
  changed(day, 'linked')
  clock.after(chance() * pollMs, () => poll(day))
  if (policy === 'watch') clock.after(chance() * WATCH.everyMs, () => watch(day))
  atRandom(day, amazonPerHour, () => buyOnAmazon(day))
  atRandom(day, shopPerHour, () => buyInShop(day))
  const isOver = () => sold(day) >= onHand && clock.now() > day.lastSaleAt + afterSellOutMs
  while (!isOver() && clock.now() < day.startedAt + longestMs) clock.runUntil(clock.now() + 5 * minute)
  const { soldOnAmazon, soldInShop } = day
  return { oversold: Math.max(0, sold(day) - onHand), soldOnAmazon, soldInShop }
}

function openDay(options: DayOptions): Day {
  const { onHand, maxListed = onHand, seed } = options
  const live = Math.min(onHand, maxListed)
  const amazon = startVirtualAmazon({ skus: [sku], quantity: live, propagationMs: 1_000, seed })
  const connector = oneSkuConnector(amazon, {
    sku,
    onHold: (hold) => onHold(day, hold),
    forgetsAtWrites: options.policy === 'formula',
  })
  const startedAt = amazon.clock.now()
  const counts = { soldOnAmazon: 0, soldInShop: 0, lastSaleAt: startedAt, sent: live }
  const day: Day = { options, amazon, connector, startedAt, books: stockBooks(onHand), orders: new Map(), ...counts }
  return day
}

const sold = ({ soldOnAmazon, soldInShop }: Day) => soldOnAmazon + soldInShop

/** The statement takes its way to the stock master, and what that makes of it comes back. */
function onHold(day: Day, hold: HoldStatement): void {
  later(day, () => {
    day.books.hold(hold)
    later(day, () => changed(day, 'held'))
  })
}

/** Our number may be another one now. */
function changed(day: Day, cause: string): void {
  const { options, books, connector } = day
  const { maxListed = null } = options
  const available = books.available()
  if (options.policy === 'plain') return sendPlain(day, Math.max(0, Math.min(available, maxListed ?? available)))
  connector.changed(inputsOf(day), cause)
}

function inputsOf({ options, books }: Day): GroupInputs {
  const { policy, maxListed = null } = options
  const held = books.held()
  const group = simpleGroup(books.available(), { maxListed: { value: maxListed, from: 'listing' } }, { held })
  const holds = policy === 'holds' || policy === 'watch'
  return holds ? { ...group, holdAt: { listingId: 'lst_1', itemId: 'itm_1', locationId: 'loc_1' } } : group
}

function sendPlain(day: Day, quantity: number): void {
  if (quantity === day.sent) return
  day.sent = quantity
  day.amazon.request(patchOf(sku, quantityAttribute(quantity)), () => undefined)
}

function poll(day: Day): void {
  const { amazon, orders, startedAt } = day
  const after = new Date(Math.max(startedAt, amazon.clock.now() - overlapMs - pollMs)).toISOString()
  const target = `/orders/2026-01-01/orders?marketplaceIds=${marketplaceId}&lastUpdatedAfter=${after}`
  amazon.request({ method: 'GET', target }, ({ json }) => {
    const page = readPage(json)
    const fresh = page.orders.filter(({ orderId }) => !orders.has(orderId))
    for (const { orderId, createdTime } of fresh) orders.set(orderId, { at: Date.parse(createdTime), isBooked: false })
    later(day, () => {
      tell(day, { kind: 'orders_covered', bound: Date.parse(page.lastUpdatedBefore), figures: figures(day) })
      later(day, () => book(day, fresh))
    })
  })
  amazon.clock.after(pollMs, () => poll(day))
}

/** The stock master takes downloaded orders in: their sales are told first, then what is left. */
function book(day: Day, fresh: readonly { orderId: string }[]): void {
  if (fresh.length === 0) return
  for (const { orderId } of fresh) {
    const order = day.orders.get(orderId)
    if (!order) continue
    order.isBooked = true
    day.books.takeOrder({ id: orderId, at: order.at, units: 1 })
  }
  tell(day, { kind: 'sales_recorded', figures: figures(day) })
  changed(day, 'order_reserved')
}

function tell({ options, connector }: Day, event: GroupEvent): void {
  if (options.policy !== 'plain') connector.tell(event)
}

function figures({ orders, connector }: Day): SalesFigures {
  const state = connector.state()
  const all = [...orders.values()]
  const since = salesSince(state) ?? Infinity
  const acceptedAt = state.accepted?.at ?? Infinity
  return {
    sales: all.filter(({ at }) => at >= since).map(({ at, isBooked }) => ({ at, units: 1, reflected: isBooked })),
    soldSinceAccepted: all.filter(({ at }) => second(at) >= second(acceptedAt)).length,
    acceptedVersion: state.accepted?.version ?? 0,
  }
}

/** Looks when the planner finds this SKU worth one of the spare reads. */
function watch(day: Day): void {
  const { amazon, books, connector, orders } = day
  const now = amazon.clock.now()
  const { live, coveredUntil } = connector.state()
  const exposed = {
    id: sku,
    unitsPerHour: salesRate(
      [...orders.values()].map(({ at }) => ({ at, units: 1 })),
      now,
    ),
    knownAt: Math.max(live?.readAt ?? 0, coveredUntil ?? 0) || null,
    unsentSince: connector.state().dueSince,
    live: live?.quantity ?? null,
    available: books.available(),
    readAt: live?.receivedAt ?? null,
  }
  if (nextToWatch([exposed], now).length > 0) connector.read()
  amazon.clock.after(lookMs, () => watch(day))
}

function buyOnAmazon(day: Day): void {
  if (!day.amazon.buy(sku)) return
  day.soldOnAmazon += 1
  day.lastSaleAt = day.amazon.clock.now()
}

function buyInShop(day: Day): void {
  if (!day.books.reserve(1)) return
  day.soldInShop += 1
  day.lastSaleAt = day.amazon.clock.now()
  later(day, () => changed(day, 'reserved'))
}

/** Buyers come one by one, so many an hour on average. */
function atRandom({ amazon: { clock, chance } }: Day, perHour: number, job: () => void): void {
  if (perHour === 0) return
  const next = () => {
    job()
    clock.after(pause(), next)
  }
  const pause = () => (-Math.log(1 - chance()) * hour) / perHour
  clock.after(pause(), next)
}

function later({ amazon: { clock, chance } }: Day, job: () => void): void {
  clock.after(eventMs.least + chance() * (eventMs.most - eventMs.least), job)
}

interface OrdersPage {
  orders: { orderId: string; createdTime: string }[]
  lastUpdatedBefore: string
}

function readPage(json: object): OrdersPage {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the simulator's own answer
  return json as OrdersPage
}
