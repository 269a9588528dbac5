import { UnprocessableMessageError, type Consumer } from '@lockstep/bus/consumer'
import { FbaLevelChanged } from '@lockstep/contracts/generated/lockstep/channel/v1/channel_events.ts'
import { subjects } from '@lockstep/contracts/subjects'
import { takeInFbaLevel } from '../commands/take-in-fba-level.ts'
import type { CommandDeps } from '../commands/stock-transaction.ts'
import { unitsOf } from './message-fields.ts'

/** Writes what Amazon says it can fulfil into the FBA location of the account that read it. The newest figure wins, so it needs no inbox. */
export function onFbaLevel(deps: CommandDeps): Consumer<FbaLevelChanged> {
  return {
    durable: 'inventory-levels-on-fba-level',
    filter: subjects.fbaLevel.all,
    decode: (data) => FbaLevelChanged.decode(data),
    async handle({ accountId, itemId, fulfillable, figureAt }) {
      if (accountId === '' || !figureAt) throw new UnprocessableMessageError('the event names no account, or no time')
      const level = { accountId, itemId, onHand: unitsOf('fulfillable', fulfillable), figureAt }
      const isKnown = await takeInFbaLevel(deps, level)
      if (!isKnown) throw new UnprocessableMessageError(`there is no item ${itemId}`)
    },
  }
}
