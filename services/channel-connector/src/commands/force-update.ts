import { sql, type Transaction } from 'kysely'

import type { Account } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import { findPatchRate } from '../store/dry-runs.ts'
import { queueRecomputeOfAccount } from '../store/recompute.ts'
import { getAccount } from './get-account.ts'
import { refusal } from './refuse.ts'

/** What a Force Update takes on. */
export interface ForcedUpdate {
  listings: number
  /** As long as it takes when every listing has to be written and nothing more urgent comes between. */
  durationSeconds: number
}

/**
 * Considers every linked listing of an account again, each with a read of its own, behind everything that changed. Sends only what differs from Amazon.
 * Refuses without a yes, and warns: a catalogue that is sent over and over can get the account throttled.
 */
export async function forceUpdate(
  tx: Transaction<ChannelDb>,
  command: { account: string; confirmed: boolean; actor: string },
): Promise<ForcedUpdate> {
  const account = await getAccount(tx, command.account)
  if (!account.enabled) {
    throw refusal('ACCOUNT_DISABLED', { message: `${account.name} is off`, field: 'account', value: account.name })
  }
  const forced = await foreseeForcedUpdate(tx, account)
  if (!command.confirmed) throw needsConfirmation(account, forced)
  const { id } = account
  await queueRecomputeOfAccount(tx, id, { kind: 'force_update', reference: id, actor: command.actor, note: '' })
  return forced
}

async function foreseeForcedUpdate(tx: Transaction<ChannelDb>, { id, connectionId }: Account): Promise<ForcedUpdate> {
  const { rows } = await sql<{ listings: number; skus: number }>`
    select count(*) as listings, count(distinct group_id) as skus
      from listing where account_id = ${id} and item_id is not null`.execute(tx)
  const { listings = 0, skus = 0 } = rows[0] ?? {}
  const { perSecond } = await findPatchRate(tx, connectionId)
  return { listings, durationSeconds: skus / perSecond }
}

function needsConfirmation({ name }: Account, { listings, durationSeconds }: ForcedUpdate): Error {
  const takes = `up to ${Math.ceil(durationSeconds)} s at Amazon's limits, behind every change of stock`
  return refusal('CONFIRMATION_NEEDED', {
    message: `Force Update looks at ${listings} linked listings again and re-submits what differs, ${takes}. It is meant for support's advice: overuse can get the account throttled by Amazon`,
    field: 'confirmed',
    nextStep: `if it is really wanted: lockstep sync force-update ${name} --confirm`,
  })
}
