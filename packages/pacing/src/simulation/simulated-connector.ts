import { newBucket, take } from '../bucket.ts'
import { decide } from '../group.ts'
import type { GroupAction, GroupEvent, GroupState } from '../group-state.ts'
import { newGroup } from '../group-state.ts'
import { modelLimits } from '../model-limits.ts'
import { second } from '../unseen.ts'
import type { AmazonModel } from './amazon-model.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** Performs what the guarded send decides: reads, waits for slots and writes, each with its delay. */
export type SimulatedConnector = { state(): GroupState; tell(event: GroupEvent): void; actions: GroupAction[] }

/** Runs one group on a virtual clock. `chance` spreads the delays. */
export function simulatedConnector(clock: VirtualClock, amazon: AmazonModel, chance: () => number): SimulatedConnector {
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
  }

  function read(): void {
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
    clock.after(between(50, 400), () => {
      amazon.write(quantity)
      const reply = { kind: 'accepted', version, epoch: owner, at: amazonTime(), submissionId: null } as const
      clock.after(between(10, 100), () => tell(reply))
    })
  }

  return { state: () => state, tell, actions }
}
