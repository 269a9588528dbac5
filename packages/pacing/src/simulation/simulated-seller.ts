import type { GroupInputs, Member } from '../group-policy.ts'
import { groupNumber } from '../group-policy.ts'
import type { GroupAction, HoldStatement, SalesFigures } from '../group-events.ts'
import type { Cause, GroupState } from '../group-state.ts'
import type { GateName, QuantitySettings } from '../quantity-rules.ts'
import { defaultSettings, GATES } from '../quantity-rules.ts'
import { salesSince, second } from '../unseen.ts'
import type { AmazonModel, AmazonOrder } from './amazon-model.ts'
import type { Luck } from './simulated-connector.ts'
import { simulatedConnector } from './simulated-connector.ts'
import { simulatedBooks, type SimulatedBooks } from './simulated-books.ts'
import type { VirtualClock } from './virtual-clock.ts'

export type SellerOptions = {
  onHand: number
  maxListed?: number
  pollMs?: number
  visibilityMs?: number
  /** `plain`: sends the number of the books whenever it changes, as most integrations do. */
  policy?: 'guarded' | 'plain'
  /** What Amazon sold and nobody has downloaded is held in the stock books. */
  holds?: boolean
  /** How often Amazon's level is read without a reason; never when left out. */
  watchMs?: number
  /** How long a downloaded order takes to reach the stock books. */
  booksLagMs?: number
  luck: Luck
}

/** A seller with one SKU on Amazon and a shop of their own, run by the code under test. */
export type SimulatedSeller = {
  state(): GroupState
  available(): number
  /** Units that the books hold because Amazon sold them and nobody has downloaded the order. */
  held(): number
  /** Units promised to buyers that do not exist. */
  oversold(): number
  receive(units: number): void
  /** False when the books have none left. */
  sellInShop(units: number): boolean
  forceUpdate(): void
  /** Turns the order poll on. */
  startPolling(firstAfterMs: number): void
  /** Closes or opens one gate of the listing. */
  setGate(gate: GateName, open: boolean): void
  actions: GroupAction[]
}

/** One member, all gates open, one location: the smallest group. */
export function simpleGroup(
  available: number | null,
  settings: Partial<QuantitySettings> = {},
  { held = 0, ...more }: Partial<Member> & { held?: number } = {},
): GroupInputs {
  const member: Member = {
    listingId: 'lst_1',
    accountId: 'acc_1',
    marketplaceId: 'A1F83G8C2ARO7P',
    itemId: 'itm_1',
    gates: GATES.map((gate) => ({ gate, open: true, detail: null })),
    locations: [{ id: 'loc_1', name: 'Default', kind: 'own', available, version: 1, ...(held > 0 && { held }) }],
    settings: { ...defaultSettings, ...settings },
    ...more,
  }
  return { policy: 'lowest', ownerAccountId: null, members: [member], dataVersion: '1' }
}

/** Opens the books, links the listing and returns the seller; polling starts when it is told to. */
export function simulatedSeller(clock: VirtualClock, amazon: AmazonModel, options: SellerOptions): SimulatedSeller {
  const { luck, pollMs = 300_000, visibilityMs = 120_000, booksLagMs = 0, policy = 'guarded' } = options
  const connector = simulatedConnector(clock, amazon, { ...luck, onHold })
  const downloaded = new Set<AmazonOrder>()
  const books = simulatedBooks(options.onHand)
  const figures = () => figuresOf(connector.state(), [...downloaded], books.booked)
  const closed = new Set<GateName>()
  const inputs = () => groupOf(books, options, closed)

  /** The statement takes its way to the stock books, and what they make of it comes back. */
  function onHold(hold: HoldStatement): void {
    clock.after(20 + luck.chance() * 180, () => {
      if (books.take(hold)) changed({ kind: 'held', reference: null })
    })
  }

  function changed(cause: Cause): void {
    if (policy === 'guarded') return connector.tell({ kind: 'desired_changed', inputs: inputs(), cause })
    const result = groupNumber(inputs(), 0, null)
    const quantity = result.kind === 'number' ? result.number : 0
    if (quantity !== amazon.accepted.at(-1)) clock.after(200 + luck.chance() * 700, () => amazon.write(quantity))
  }

  function poll(): void {
    const bound = clock.now() - visibilityMs
    const fresh = amazon.ordersUpTo(bound).filter((o) => !downloaded.has(o))
    for (const order of fresh) downloaded.add(order)
    if (fresh.length > 0 && booksLagMs === 0) book(fresh)
    if (fresh.length > 0 && booksLagMs > 0) clock.after(booksLagMs, () => book(fresh))
    connector.tell({ kind: 'orders_covered', bound, figures: figures() })
    clock.after(pollMs, poll)
  }

  /** The stock books take the orders in: their sales are told first, then what is left. */
  function book(orders: AmazonOrder[]): void {
    for (const order of orders) books.booked.add(order)
    connector.tell({ kind: 'sales_recorded', figures: figures() })
    changed({ kind: 'order_reserved', reference: null })
  }

  function watch(everyMs: number): void {
    connector.watch()
    clock.after(everyMs, () => watch(everyMs))
  }

  changed({ kind: 'linked', reference: 'lst_1' })
  if (options.watchMs !== undefined) watch(options.watchMs)
  return {
    state: () => connector.state(),
    actions: connector.actions,
    available: () => books.available(),
    held: () => books.held(),
    oversold: () => Math.max(0, amazon.sold() + books.soldInShop() - books.received()),
    receive(more) {
      books.receive(more)
      changed({ kind: 'stock_received', reference: null })
    },
    sellInShop(wanted) {
      if (!books.sellInShop(wanted)) return false
      changed({ kind: 'order_reserved', reference: 'shop' })
      return true
    },
    forceUpdate: () => changed({ kind: 'force_update', reference: null }),
    startPolling: (firstAfterMs) => clock.after(firstAfterMs, poll),
    setGate(gate, open) {
      if (open) closed.delete(gate)
      else closed.add(gate)
      changed({ kind: 'gate', reference: gate })
    },
  }
}

function groupOf(books: SimulatedBooks, options: SellerOptions, closed: ReadonlySet<GateName>): GroupInputs {
  const gates = GATES.map((gate) => ({ gate, open: !closed.has(gate), detail: null }))
  const maxListed = { value: options.maxListed ?? null, from: 'listing' } as const
  const group = simpleGroup(books.available(), { maxListed }, { gates, held: books.held() })
  return options.holds ? { ...group, holdAt: { listingId: 'lst_1', itemId: 'itm_1', locationId: 'loc_1' } } : group
}

function figuresOf(state: GroupState, orders: AmazonOrder[], booked: Set<AmazonOrder>): SalesFigures {
  const since = salesSince(state) ?? Infinity
  const acceptedAt = state.accepted?.at ?? Infinity
  return {
    sales: orders.filter((o) => o.at >= since).map((o) => ({ at: o.at, units: o.units, reflected: booked.has(o) })),
    soldSinceAccepted: units(orders.filter((o) => second(o.at) >= second(acceptedAt))),
    acceptedVersion: state.accepted?.version ?? 0,
  }
}

function units(orders: AmazonOrder[]): number {
  return orders.reduce((sum, o) => sum + o.units, 0)
}
