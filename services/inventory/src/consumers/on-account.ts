import { UnprocessableMessageError, type Consumer } from '@lockstep/bus/consumer'
import { AccountChanged } from '@lockstep/contracts/generated/lockstep/channel/v1/channel_events.ts'
import { subjects } from '@lockstep/contracts/subjects'
import type { CommandDeps } from '../commands/stock-transaction.ts'
import { saveLocationUser } from '../store/location-users.ts'

/** Keeps which locations an account works with, so that none of them is removed under it, and what it sells in. The newest word wins, so it needs no inbox. */
export function onAccount({ db }: Pick<CommandDeps, 'db'>): Consumer<AccountChanged> {
  return {
    durable: 'inventory-location-uses-on-account',
    filter: subjects.account.all,
    decode: (data) => AccountChanged.decode(data),
    async handle({ accountId, accountName, locationIds, orderLocationId, currency, at }) {
      if (accountId === '' || !at) throw new UnprocessableMessageError('the event names no account, or no time')
      const name = accountName || accountId
      const user = { accountId, name, locationIds, orderLocationId: orderLocationId || null, currency, toldAt: at }
      await saveLocationUser(db, user)
    },
  }
}
