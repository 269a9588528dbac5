import { AccountChanged } from '@lockstep/contracts/generated/lockstep/channel/v1/channel_events.ts'
import type { Ids } from '@lockstep/contracts/ids'
import { subjects } from '@lockstep/contracts/subjects'
import { enqueue } from '@lockstep/postgres/outbox'
import { findMarketplace } from '@lockstep/sp-api/marketplaces'
import type { Transaction } from 'kysely'
import { findAccount } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'

/** Announces that an account or its settings changed, as they are in the transaction of the change. */
export async function announceAccountChanged(
  tx: Transaction<ChannelDb>,
  ids: Ids,
  account: { id: string; connectionId: string; enabled: boolean },
): Promise<void> {
  const now = await findAccount(tx, account.id)
  await enqueue(tx, {
    id: ids.next('evt'),
    subject: subjects.account.changed(account.id),
    payload: AccountChanged.toJSON({
      accountId: account.id,
      connectionId: account.connectionId,
      enabled: account.enabled,
      at: new Date(),
      accountName: now?.name ?? '',
      locationIds: now?.locationIds ?? [],
      orderLocationId: now?.orderLocationId ?? '',
      currency: (now && findMarketplace(now.marketplaceId)?.currency) ?? '',
    }),
  })
}
