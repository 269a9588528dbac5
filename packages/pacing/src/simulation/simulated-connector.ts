import { newBucket, take } from '../bucket.ts'
import { decide } from '../group.ts'
import type { GroupAction, GroupEvent, HoldStatement } from '../group-events.ts'
import type { GroupState } from '../group-state.ts'
import { newGroup } from '../group-state.ts'
import { modelLimits } from '../model-limits.ts'
import { second } from '../unseen.ts'
import type { AmazonModel } from './amazon-model.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** Performs what the guarded send decides: reads, waits for slots and writes, each with its delay. */
export type SimulatedConnector = {
  state(): GroupState
  tell(event: GroupEvent): void
  actions: GroupAction[]
  /** Reads Amazon's level without a reason, as the watch does. */
  watch(): void
}

/** What goes wrong with one call. `lost_reply`: Amazon did it. `lost_request`: it did not. `refused_entry`: a 429. */
export type Fault = 'none' | 'lost_reply' | 'lost_request' | 'refused_entry'

export type Luck = {
  /** Spreads the delays. */
  chance: () => number
  fault?: (call: 'read' | 'write') => Fault
  /** Takes what is to be held to the stock books. */
  onHold?: (hold: HoldStatement) => void
}

/** Runs one group on a virtual clock. */
export function simulatedConnector(clock: VirtualClock, amazon: AmazonModel, luck: Luck): SimulatedConnector {
  const { chance, fault = () => 'none', onHold } = luck
  const actions: GroupAction[] = []
  let state = newGroup()
  let epoch = 0
  let writes = newBucket(modelLimits.patchListingsItem, clock.now())
  const between = (low: number, high: number) => low + Math.floor(chance() * (high - low))
  // Amazon's Date header has whole seconds.
  const amazonTime = () => second(clock.now()) * 1_000

  function tell(event: GroupEvent): void {
    const decision = decide(state, event, clock.now())
    state = decision.state
    for (const action of decision.actions) perform(action)
  }

  function perform(action: GroupAction): void {
    actions.push(action)
    if (action.kind === 'read') clock.after(between(80, 400), read)
    if (action.kind === 'wait') clock.at(action.until, () => tell({ kind: 'tick' }))
    if (action.kind === 'send') whenSlot(action.version)
    if (action.kind === 'proceed') submit(action)
    if (action.kind === 'hold') onHold?.(action.hold)
  }

  function read(): void {
    const luckOfRead = fault('read')
    if (luckOfRead === 'refused_entry') return tell({ kind: 'read_failed' })
    if (luckOfRead !== 'none') return
    const shown = { quantity: amazon.live(), leadTimeDays: null, channels: ['DEFAULT'], readAt: amazonTime() }
    clock.after(between(10, 100), () => tell({ kind: 'live_read', ...shown }))
  }

  function whenSlot(version: number): void {
    if (state.inFlight?.phase !== 'planned' || state.inFlight.version !== version) return
    const taken = take(writes, clock.now())
    writes = taken.bucket
    if (!taken.ok) return clock.at(taken.nextSlotAt, () => whenSlot(version))
    tell({ kind: 'sending', version, epoch: ++epoch, leaseUntil: clock.now() + 15_000, at: clock.now() })
  }

  function submit({ version, epoch: owner }: { version: number; epoch: number }): void {
    const quantity = state.inFlight?.quantity ?? 0
    const luckOfWrite = fault('write')
    clock.after(between(50, 400), () => {
      if (luckOfWrite === 'refused_entry') return tell({ kind: 'not_sent', version, epoch: owner })
      if (luckOfWrite === 'lost_request') return
      amazon.write(quantity)
      if (luckOfWrite === 'lost_reply') return
      const reply = { kind: 'accepted', version, epoch: owner, at: amazonTime(), submissionId: null } as const
      clock.after(between(10, 100), () => tell(reply))
    })
  }

  return { state: () => state, tell, actions, watch: () => clock.after(between(80, 400), read) }
}
