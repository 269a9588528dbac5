import type { Consumer } from '@lockstep/bus/consumer'
import { AccountChanged } from '@lockstep/contracts/generated/lockstep/channel/v1/channel_events.ts'
import { subjects } from '@lockstep/contracts/subjects'
import { followAccountChange } from '../commands/refresh-connections.ts'

/**
 * Has the accounts read again when one changed; a new or enabled one is then polled at once. The event is a hint: a connector that does not answer
 * now is asked by the refresh, not by repeating the event.
 */
export function onAccountChanged(deps: Parameters<typeof followAccountChange>[0]): Consumer<AccountChanged> {
  return {
    durable: 'order-download-accounts-on-changed',
    filter: subjects.account.all,
    decode: (data) => AccountChanged.decode(data),
    handle: (event) => followAccountChange(deps, event.connectionId),
  }
}
