import { decide } from '@lockstep/pacing/group'
import type { GroupAction, GroupEvent } from '@lockstep/pacing/group-events'
import type { GroupState } from '@lockstep/pacing/group-state'
import { newGroup } from '@lockstep/pacing/group-state'
import { type Lane, laneOfQuantity } from '@lockstep/pacing/lanes'
import { simpleGroup } from '@lockstep/pacing/simulation/simulated-seller'
import { marketplaceId, patchOf, quantityAttribute, sellerId, type VirtualAmazon } from './virtual-amazon.ts'
import { type WaitingLines, waitingLines } from './waiting-lines.ts'

/** A change of stock on its way to Amazon. */
export interface StockChange {
  sku: string
  at: number
  quantity: number
  lane: 'to_zero' | 'decrease' | 'increase'
  /** Null while it is on its way, and for good when a newer change left nothing to tell Amazon. */
  acceptedAt: number | null
  /** When buyers see it. */
  showsAt: number | null
}

/** Sends stock changes as the connector does: claimed by lane, guarded by a read, decided and sent by the rules of the pacing package. */
export interface StockDesk {
  /** Our stock of a SKU is now this. The lane is what that means to Amazon's number. */
  change: (sku: string, quantity: number) => StockChange
  /** A feed that held the SKU has ended: its newest number goes out, again where it was sent meanwhile. */
  repeat: (sku: string, cause: 'stock_adjusted' | 'after_stock_feed' | 'after_content_feed') => void
  /** Waiting changes whose SKU is in no feed. */
  backlog: () => { urgent: number; increases: number }
  /** Takes up to so many waiting increases out of the line, the last to come first: a feed carries them. */
  takeIncreases: (count: number) => { sku: string; quantity: number }[]
  /** A feed has brought what waited for this SKU when it was taken out of the line. */
  broughtByFeed: (sku: string, takenAt: number) => void
  /** A change of this SKU waits for the end of a feed. */
  isWaitingForFeed: (sku: string) => boolean
  quantity: (sku: string) => number
  writeOpen: (sku: string) => boolean
  changedAt: (sku: string) => number | null
  /** Nothing waits, nothing is out. */
  isIdle: () => boolean
  patches: WaitingLines
}

// How many SKUs of a lane are worked on at a time: their guard reads stay fresh until their turn.
const claimedPerLane = 10
const readBatch = 20
const leaseMs = 15_000

interface Sku {
  sku: string
  state: GroupState
  quantity: number
  changedAt: number | null
  waiting: StockChange[]
  /** How many of the waiting changes the write that is out answers. */
  answered: number
  claimed: Lane | null
  marked: Lane | null
  cause: string
  wakeAt: number
  epoch: number
}

/** `isHeld`: whether a write of this lane must wait, because a feed holds the SKU. */
// oxlint-disable-next-line max-lines-per-function -- the parts of one desk share its state
export function stockDesk(
  amazon: VirtualAmazon,
  options: { quantity: number; isHeld: (sku: string, lane: StockChange['lane']) => boolean },
): StockDesk {
  const { clock } = amazon
  const skus = new Map<string, Sku>()
  const marked = new Map<Lane, string[]>()
  const claimed = new Map<Lane, number>()
  const patches = waitingLines(clock, 'patchListingsItem')
  const reads = readDesk(amazon, (sku, event) => tell(skuOf(sku), event))

  function skuOf(sku: string): Sku {
    const known = skus.get(sku)
    if (known) return known
    const state = startState(options.quantity, clock.now())
    const fresh: Sku = {
      sku,
      state,
      quantity: options.quantity,
      changedAt: null,
      waiting: [],
      answered: 0,
      claimed: null,
      marked: null,
      cause: 'stock_adjusted',
      wakeAt: Infinity,
      epoch: 0,
    }
    skus.set(sku, fresh)
    return fresh
  }

  function mark(one: Sku, lane: Lane, cause: string): void {
    one.cause = cause
    // Whatever is out for it, the newest number is told at once; a SKU in line keeps its place unless it becomes more urgent.
    if (one.claimed) return tellDesired(one)
    if (one.marked === lane) return
    one.marked = lane
    const line = marked.get(lane) ?? []
    marked.set(lane, line)
    line.push(one.sku)
    claim(lane)
  }

  function claim(lane: Lane): void {
    const line = marked.get(lane) ?? []
    while ((claimed.get(lane) ?? 0) < claimedPerLane && line.length > 0) {
      const one = skuOf(line.shift() ?? '')
      if (one.marked !== lane) continue
      one.marked = null
      one.claimed = lane
      claimed.set(lane, (claimed.get(lane) ?? 0) + 1)
      tellDesired(one)
    }
  }

  function tellDesired(one: Sku): void {
    const { cause: kind } = one
    if (kind === 'after_stock_feed' || kind === 'after_content_feed') {
      tell(one, { kind: 'feed_ended', reference: 'feed', carriedQuantity: kind === 'after_stock_feed' })
    }
    const cause = { kind, reference: null }
    tell(one, { kind: 'desired_changed', inputs: simpleGroup(one.quantity), cause })
  }

  function tell(one: Sku, event: GroupEvent): GroupAction[] {
    const { state, actions } = decide(one.state, event, clock.now())
    one.state = state
    for (const action of actions) perform(one, action)
    const isDone = state.due === null && state.inFlight === null
    if (isDone && one.claimed) release(one)
    return actions
  }

  function release(one: Sku): void {
    const lane = one.claimed
    if (!lane) return
    one.claimed = null
    // In step with Amazon without a write.
    one.waiting = []
    claimed.set(lane, (claimed.get(lane) ?? 1) - 1)
    claim(lane)
  }

  function perform(one: Sku, action: GroupAction): void {
    if (action.kind === 'read') reads.read(one.sku, action.lane)
    if (action.kind === 'wait') wake(one, action.until)
    if (action.kind === 'send') join(one, action)
  }

  function wake(one: Sku, at: number): void {
    if (at >= one.wakeAt && one.wakeAt > clock.now()) return
    one.wakeAt = at
    clock.at(at, () => {
      if (one.wakeAt === at) tell(one, { kind: 'tick' })
    })
  }

  function join(one: Sku, { version, lane, since }: Extract<GroupAction, { kind: 'send' }>): void {
    const go = () => {
      const isWanted = one.state.inFlight?.phase === 'planned' && one.state.inFlight.version === version
      if (!isWanted || one.state.inFlight?.lane !== lane) return false
      const epoch = (one.epoch += 1)
      const now = clock.now()
      const told = tell(one, { kind: 'sending', version, epoch, leaseUntil: now + leaseMs, at: amazonTime(now) })
      if (!told.some(({ kind }) => kind === 'proceed')) return false
      send(one, version, epoch)
      return true
    }
    patches.join({ id: one.sku, lane, since, deadline: null, go })
  }

  function send(one: Sku, version: number, epoch: number): void {
    const sentAt = clock.now()
    one.answered = one.waiting.length
    amazon.request(patchOf(one.sku, quantityAttribute(one.state.inFlight?.quantity ?? 0)), ({ status, json }) => {
      patches.replied(status, sentAt)
      if (status !== 200) {
        tell(one, { kind: 'not_sent', version, epoch })
        return
      }
      const showsAt = amazon.showsAt(one.sku)
      for (const change of one.waiting.splice(0, one.answered))
        Object.assign(change, { acceptedAt: clock.now(), showsAt })
      const submissionId = String(json['submissionId'])
      tell(one, { kind: 'accepted', version, epoch, at: amazonTime(clock.now()), submissionId })
    })
  }

  /** What our number is to the one that Amazon holds, or is being told. */
  function lineLane({ state, quantity }: Sku): StockChange['lane'] {
    const accepted = state.accepted?.quantity ?? options.quantity
    const leaving = state.inFlight?.phase === 'sending' ? state.inFlight.quantity : accepted
    return laneOfQuantity(quantity, Math.max(accepted, leaving))
  }

  const inLane = (lane: Lane) => lineOf(lane).length + (claimed.get(lane) ?? 0)
  const lineOf = (lane: Lane) => (marked.get(lane) ?? []).filter((sku) => skus.get(sku)?.marked === lane)
  return {
    patches,
    change(sku, quantity) {
      const one = skuOf(sku)
      Object.assign(one, { quantity, changedAt: clock.now() })
      const lane = lineLane(one)
      const change: StockChange = { sku, at: clock.now(), quantity, lane, acceptedAt: null, showsAt: null }
      one.waiting.push(change)
      if (!options.isHeld(sku, lane)) mark(one, lane, 'stock_adjusted')
      return change
    },
    repeat(sku, cause) {
      const one = skuOf(sku)
      const lane = lineLane(one)
      const isPrecaution = cause === 'after_content_feed' && one.state.accepted?.quantity === one.quantity
      mark(one, isPrecaution ? 'increase' : lane, cause)
    },
    backlog() {
      return { urgent: inLane('to_zero') + inLane('decrease'), increases: inLane('increase') }
    },
    takeIncreases(count) {
      const taken = lineOf('increase').slice(-count)
      for (const sku of taken) skuOf(sku).marked = null
      marked.set('increase', lineOf('increase'))
      return taken.map((sku) => ({ sku, quantity: skuOf(sku).quantity }))
    },
    broughtByFeed(sku, takenAt) {
      const one = skuOf(sku)
      const brought = one.waiting.filter(({ at }) => at <= takenAt)
      for (const change of brought) Object.assign(change, { acceptedAt: clock.now(), showsAt: amazon.showsAt(sku) })
      one.waiting = one.waiting.filter(({ at }) => at > takenAt)
    },
    isWaitingForFeed(sku) {
      const one = skuOf(sku)
      return one.waiting.length > 0 && one.marked === null && one.claimed === null
    },
    quantity: (sku) => skuOf(sku).quantity,
    writeOpen: (sku) => {
      const one = skus.get(sku)
      return one !== undefined && (one.marked !== null || one.claimed !== null)
    },
    changedAt: (sku) => skus.get(sku)?.changedAt ?? null,
    isIdle: () => [...skus.values()].every(({ marked: line, claimed: work }) => line === null && work === null),
  }
}

/** A SKU that is in step with Amazon, read an hour ago. */
function startState(quantity: number, now: number): GroupState {
  const at = now - 3_600_000
  const read = { kind: 'live_read' as const, quantity, leadTimeDays: null, channels: ['DEFAULT'], readAt: at }
  const shown = decide(newGroup(), read, at).state
  const cause = { kind: 'link', reference: null }
  return decide(shown, { kind: 'desired_changed', inputs: simpleGroup(quantity), cause }, at).state
}

/** Amazon's times are whole seconds. */
function amazonTime(now: number): number {
  return Math.floor(now / 1_000) * 1_000
}

/** Reads live quantities, up to 20 SKUs a call, guards before verifications. */
function readDesk(amazon: VirtualAmazon, tell: (sku: string, event: GroupEvent) => void) {
  const { clock } = amazon
  const lines = waitingLines(clock, 'searchListingsItems')
  const wanted = { guard: new Set<string>(), verification: new Set<string>() }
  const joined = { guard: false, verification: false }

  function join(): void {
    for (const lane of ['guard', 'verification'] as const) {
      if (joined[lane] || wanted[lane].size === 0) continue
      joined[lane] = true
      lines.join({ id: lane, lane, since: clock.now(), deadline: null, go: () => go(lane) })
    }
  }

  function go(lane: 'guard' | 'verification'): boolean {
    joined[lane] = false
    const batch = [...wanted.guard, ...wanted.verification].slice(0, readBatch)
    if (batch.length === 0) return false
    for (const sku of batch) for (const line of [wanted.guard, wanted.verification]) line.delete(sku)
    const sentAt = clock.now()
    const query = `marketplaceIds=${marketplaceId}&identifiersType=SKU&includedData=fulfillmentAvailability&pageSize=${readBatch}`
    const target = `/listings/2021-08-01/items/${sellerId}?${query}&identifiers=${batch.map(encodeURIComponent).join(',')}`
    amazon.request({ method: 'GET', target }, ({ status, json }) => {
      lines.replied(status, sentAt)
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the simulator's own answer
      const items = status === 200 && Array.isArray(json['items']) ? (json['items'] as ReadItem[]) : []
      const shown = new Map(items.map(({ sku, fulfillmentAvailability: [first] }) => [sku, first?.quantity ?? 0]))
      for (const sku of batch) tell(sku, eventOf(shown.get(sku), amazonTime(clock.now())))
    })
    clock.after(0, join)
    return true
  }

  return {
    read(sku: string, lane: 'guard' | 'verification') {
      wanted[lane].add(sku)
      // What is asked for in the same moment goes in one call.
      clock.after(0, join)
    },
  }
}

interface ReadItem {
  sku: string
  fulfillmentAvailability: { quantity: number }[]
}

function eventOf(quantity: number | undefined, readAt: number): GroupEvent {
  if (quantity === undefined) return { kind: 'read_failed' }
  return { kind: 'live_read', quantity, leadTimeDays: null, channels: ['DEFAULT'], readAt }
}
