import { MAX_SKUS_PER_SEARCH } from '@lockstep/sp-api/listings'
import type { Kysely, Transaction } from 'kysely'

import { type ForeseenNumber, outcomeOf } from '../domain/foreseen-push.ts'
import { planPush, type PlannedPush } from '../domain/planned-push.ts'
import type { Account } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import { confirmConflicts, findDryRun, findPatchRate, saveDryRun } from '../store/dry-runs.ts'
import { queueRecomputeOfAccount } from '../store/recompute.ts'
import { foreseePush } from './foresee-push.ts'
import { getAccount } from './get-account.ts'
import { type CallAmazon, readLive } from './read-live.ts'
import { refusal } from './refuse.ts'

/** What a dry run works with. */
export interface DryRunDeps {
  db: Kysely<ChannelDb>
  callAmazon: CallAmazon
}

/** What turning Update inventory on would send, and what confirms exactly that. */
export interface DryRun extends PlannedPush {
  account: Account
  confirmation: string
}

/** How long Amazon is asked what it holds; what could not be read by then is counted as a change. */
const readForMs = 15_000
const readWaitMs = 5_000

/**
 * Works out what every linked listing of an account would be sent if its Update inventory were on. Sends nothing.
 * The confirmation stands for these numbers for 15 minutes.
 */
export async function dryRun(
  deps: DryRunDeps,
  { idOrName, signal }: { idOrName: string; signal: AbortSignal },
): Promise<DryRun> {
  const account = await getAccount(deps.db, idOrName)
  const numbers = await foreseePush(deps.db, account.id)
  const live = await readLevels(deps, { account, numbers, signal })
  const outcome = outcomeOf(account.id, numbers)
  const confirmation = `dry-${outcome.slice(0, 24)}`
  await saveDryRun(deps.db, { confirmation, accountId: account.id, outcome })
  const rate = await findPatchRate(deps.db, account.connectionId)
  return { account, confirmation, ...planPush(numbers, live, rate) }
}

/** What Amazon holds of the SKUs that would get a number, as far as it can be read in the time there is. */
async function readLevels(
  deps: DryRunDeps,
  about: { account: Account; numbers: readonly ForeseenNumber[]; signal: AbortSignal },
): Promise<Map<string, number>> {
  const { account, numbers, signal } = about
  const wanted = numbers.filter((number) => number.number !== null).map((number) => number.channelSku)
  const levels = new Map<string, number>()
  if (account.connectionState === 'no_credentials') return levels
  const endsAtMs = performance.now() + readForMs
  for (let first = 0; first < wanted.length && performance.now() < endsAtMs; first += MAX_SKUS_PER_SEARCH) {
    const reading = await readLive(deps, {
      connectionId: account.connectionId,
      sellerId: account.sellerId,
      skus: wanted.slice(first, first + MAX_SKUS_PER_SEARCH),
      marketplaceIds: [account.marketplaceId],
      withLeadTime: false,
      lane: 'sweep',
      waitMs: readWaitMs,
      signal,
    })
    if (reading.kind === 'failed') return levels
    for (const { sku, quantity } of reading.listings.values()) if (quantity !== null) levels.set(sku, quantity)
  }
  return levels
}

/**
 * Accepts the confirmation of a dry run of this account: shown within 15 minutes, and its outcome is still the one that would follow.
 * With it the conflicts that the dry run has shown, and no others, are settled by the connection's policy. Refuses any other confirmation.
 */
export async function checkConfirmation(
  tx: Transaction<ChannelDb>,
  accountId: string,
  confirmation: string,
): Promise<void> {
  const value = confirmation.slice(0, 80)
  if (value === '') {
    throw refusal('CONFIRMATION_NEEDED', {
      message: 'this decides what buyers see: no confirmation of a dry run was given',
      field: 'confirmation',
    })
  }
  const shown = value.includes('\u0000') ? undefined : await findDryRun(tx, accountId, value)
  if (!shown) {
    throw refusal('CONFIRMATION_STALE', {
      message: `"${value}" is no confirmation of a dry run of this account from the last 15 minutes`,
      field: 'confirmation',
      value,
    })
  }
  const numbers = await foreseePush(tx, accountId)
  if (shown.outcome !== outcomeOf(accountId, numbers)) {
    throw refusal('CONFIRMATION_STALE', {
      message: 'other numbers would be sent by now than the dry run has shown',
      field: 'confirmation',
      value,
    })
  }
  await queueRecomputeOfAccount(tx, accountId, {
    kind: 'setting_changed',
    reference: accountId,
    actor: '',
    note: 'update_inventory',
  })
  // Only what was shown is settled: a conflict that comes later is shown first, too.
  const conflicts = numbers.filter(({ conflict }) => conflict !== null)
  await confirmConflicts(
    tx,
    conflicts.map(({ groupId }) => groupId),
  )
}
