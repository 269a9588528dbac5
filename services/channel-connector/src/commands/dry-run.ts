import { MAX_SKUS_PER_SEARCH } from '@lockstep/sp-api/listings'
import type { Kysely } from 'kysely'

import type { ForeseenNumber } from '../domain/foreseen-push.ts'
import { planPush, type PlannedPush } from '../domain/planned-push.ts'
import type { RuleChange } from '../domain/rule-change.ts'
import type { Account } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import { findPatchRate, saveDryRun } from '../store/dry-runs.ts'
import { foreseeChange, zerosConfirmationOf } from './foresee-change.ts'
import { getAccount } from './get-account.ts'
import { inverseOf } from './inverse-of.ts'
import { type CallAmazon, readLive } from './read-live.ts'

/** What a dry run works with. */
export interface DryRunDeps {
  db: Kysely<ChannelDb>
  callAmazon: CallAmazon
}

/** What showing a change works with. */
export interface PreviewDeps extends DryRunDeps {
  /** A change that takes more than this share of an account's linked listings to 0 is confirmed twice. */
  zerosSharePercent: number
}

/** What turning Update inventory on would send, and what confirms exactly that. */
export interface DryRun extends PlannedPush {
  account: Account
  confirmation: string
  /** What must be said as well, because many listings go to 0; null when few do. */
  zerosConfirmation: string | null
}

/** The change that a dry run without any other speaks of. */
export const switchOn: RuleChange = { kind: 'settings', change: { updateInventory: true } }

/** How long Amazon is asked what it holds; what could not be read by then is counted as a change. */
const readForMs = 15_000
const readWaitMs = 5_000

/**
 * Works out what every linked listing of an account would be sent if its Update inventory were on, beside what Amazon holds. Sends nothing.
 * The confirmation stands for these numbers for 15 minutes.
 */
export async function dryRun(
  deps: PreviewDeps,
  { idOrName, signal }: { idOrName: string; signal: AbortSignal },
): Promise<DryRun> {
  const account = await getAccount(deps.db, idOrName)
  const { numbers, outcome, shape } = await foreseeChange(deps.db, { account, change: switchOn, known: [] })
  const live = await readLevels(deps, { account, numbers, signal })
  const plan = planPush(numbers, live, await findPatchRate(deps.db, account.connectionId))
  const { zerosSharePercent: sharePercent } = deps
  const zerosConfirmation = await zerosConfirmationOf(deps.db, { ...plan, shape, sharePercent })
  const confirmation = `dry-${outcome.slice(0, 24)}`
  const inverse = await inverseOf(deps.db, account, switchOn)
  const about = { change: switchOn, inverse, zerosConfirmation }
  await saveDryRun(deps.db, { confirmation, accountId: account.id, outcome, shape, ...about })
  return { account, confirmation, zerosConfirmation, ...plan }
}

/** What Amazon holds of the SKUs that would get a number, as far as it can be read in the time there is. */
export async function readLevels(
  deps: DryRunDeps,
  about: { account: Account; numbers: readonly ForeseenNumber[]; signal: AbortSignal },
): Promise<Map<string, number>> {
  const { account, numbers, signal } = about
  const wanted = numbers.filter(({ after }) => after.number !== null).map((number) => number.channelSku)
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
