import { decide } from '@lockstep/pacing/group'
import type { GroupInputs } from '@lockstep/pacing/group-policy'
import type { GroupAction, GroupEvent, HoldStatement } from '@lockstep/pacing/group-events'
import type { Cause, GroupState } from '@lockstep/pacing/group-state'
import { newGroup } from '@lockstep/pacing/group-state'
import { marketplaceId, patchOf, quantityAttribute, sellerId, type VirtualAmazon } from './virtual-amazon.ts'
import { waitingLines } from './waiting-lines.ts'

/** The connector's work for one SKU: what the planner decides, done against the simulator through the product's buckets. */
export interface OneSkuConnector {
  state: () => GroupState
  tell: (event: GroupEvent) => void
  /** Our side is like this now. */
  changed: (inputs: GroupInputs, cause: string) => void
  /** Reads Amazon's level, as the watch does; nothing when a read is under way. */
  read: () => void
}

const leaseMs = 15_000
const second = 1_000

interface ConnectorOptions {
  sku: string
  /** Takes what is to be held to the stock master. */
  onHold: (hold: HoldStatement) => void
  /** Whether a write ends every question about what was sold before it. The planner keeps them. */
  forgetsAtWrites: boolean
}

/** Runs one SKU's group against the simulator. */
export function oneSkuConnector(
  amazon: VirtualAmazon,
  { sku, onHold, forgetsAtWrites }: ConnectorOptions,
): OneSkuConnector {
  const { clock } = amazon
  const reads = waitingLines(clock, 'searchListingsItems')
  const patches = waitingLines(clock, 'patchListingsItem')
  let state = newGroup()
  let epoch = 0
  let isReading = false

  function tell(event: GroupEvent): void {
    const decision = decide(state, event, clock.now())
    state = decision.state
    if (forgetsAtWrites && event.kind === 'accepted') state = { ...state, falls: [] }
    for (const action of decision.actions) perform(action)
  }

  function perform(action: GroupAction): void {
    if (action.kind === 'read') read(action.lane)
    if (action.kind === 'wait') clock.at(action.until, () => tell({ kind: 'tick' }))
    if (action.kind === 'send') join(action)
    if (action.kind === 'proceed') send(action)
    if (action.kind === 'hold') onHold(action.hold)
  }

  function read(lane: 'guard' | 'verification' | 'watch'): void {
    if (isReading) return
    isReading = true
    reads.join({ id: lane, lane, since: clock.now(), deadline: null, go: () => look() })
  }

  function look(): boolean {
    const sentAt = clock.now()
    amazon.request({ method: 'GET', target: readTarget(sku) }, ({ status, json, headers }) => {
      isReading = false
      reads.replied(status, sentAt)
      tell(status === 200 ? readEvent(json, amazonTime(headers)) : { kind: 'read_failed' })
    })
    return true
  }

  function join({ version, lane, since, notBefore }: Extract<GroupAction, { kind: 'send' }>): void {
    const go = () => {
      if (!isPlanned(state, version)) return false
      epoch += 1
      // Amazon's clock is ours here, but for the whole seconds of its times.
      tell({ kind: 'sending', version, epoch, leaseUntil: clock.now() + leaseMs, at: wholeSecond(clock.now()) })
      return !isPlanned(state, version)
    }
    clock.at(notBefore ?? clock.now(), () => patches.join({ id: sku, lane, since, deadline: null, go }))
  }

  function send({ version, epoch: owner }: { version: number; epoch: number }): void {
    const sentAt = clock.now()
    amazon.request(patchOf(sku, quantityAttribute(state.inFlight?.quantity ?? 0)), ({ status, json, headers }) => {
      patches.replied(status, sentAt)
      if (status !== 200) return tell({ kind: 'not_sent', version, epoch: owner })
      const submissionId = String(json['submissionId'])
      tell({ kind: 'accepted', version, epoch: owner, at: amazonTime(headers), submissionId })
    })
  }

  const amazonTime = (headers: Record<string, string>) =>
    headers['date'] === undefined ? wholeSecond(clock.now()) : Date.parse(headers['date'])

  return {
    state: () => state,
    tell,
    changed(inputs, kind) {
      const cause: Cause = { kind, reference: null }
      tell({ kind: 'desired_changed', inputs, cause })
    },
    read: () => read('watch'),
  }
}

const isPlanned = ({ inFlight }: GroupState, version: number) =>
  inFlight?.phase === 'planned' && inFlight.version === version

const wholeSecond = (at: number) => Math.floor(at / second) * second

function readTarget(sku: string): string {
  const query = `marketplaceIds=${marketplaceId}&identifiersType=SKU&includedData=fulfillmentAvailability&pageSize=20`
  return `/listings/2021-08-01/items/${sellerId}?${query}&identifiers=${encodeURIComponent(sku)}`
}

interface ReadItem {
  fulfillmentAvailability: { quantity: number }[]
}

function readEvent(json: object, readAt: number): GroupEvent {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the simulator's own answer
  const { items } = json as { items: ReadItem[] }
  const quantity = items[0]?.fulfillmentAvailability[0]?.quantity
  if (quantity === undefined) return { kind: 'live_missing', readAt }
  return { kind: 'live_read', quantity, leadTimeDays: null, channels: ['DEFAULT'], readAt }
}
