import { type Transaction } from 'kysely'

import type { ChannelDb } from '../store/database.ts'
import { queueRecompute } from '../store/recompute.ts'
import { getAccount } from './get-account.ts'
import { refusal } from './refuse.ts'

/** A listing whose number goes out again. */
export interface Resent {
  accountId: string
  channelSku: string
}

/**
 * Sends the number of one listing again, after somebody or something else changed it on Amazon. It goes the way of every number: gates, a guard
 * read, and nothing is sent when Amazon shows it already.
 */
export async function resendListing(
  tx: Transaction<ChannelDb>,
  command: { account: string; channelSku: string; actor: string },
): Promise<Resent> {
  const account = await getAccount(tx, command.account)
  const { channelSku } = command
  if (!account.enabled) {
    throw refusal('ACCOUNT_DISABLED', { message: `${account.name} is off`, field: 'account', value: account.name })
  }
  const listing = channelSku.includes('\u0000')
    ? undefined
    : await tx
        .selectFrom('listing')
        .select(['group_id as groupId', 'item_id as itemId'])
        .where('account_id', '=', account.id)
        .where('channel_sku', '=', channelSku)
        .executeTakeFirst()
  const about = { field: 'channel_sku', value: channelSku.slice(0, 60) }
  if (!listing) {
    throw refusal('LISTING_UNKNOWN', { message: `${account.name} has no listing "${about.value}"`, ...about })
  }
  if (listing.itemId === null) {
    throw refusal('LISTING_UNLINKED', { message: `"${about.value}" is linked to no item`, ...about })
  }
  const cause = { kind: 'resend', reference: account.id, actor: command.actor, note: channelSku }
  await queueRecompute(tx, [listing.groupId], cause)
  return { accountId: account.id, channelSku }
}
