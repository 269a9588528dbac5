import { systemIds } from '@lockstep/contracts/ids'
import { RefusalError, type RefusalFacts } from '@lockstep/rpc/refusal'
import { type Kysely, sql } from 'kysely'

import { type AppliedChange, applyChange } from '../src/commands/apply-change.ts'
import { getAccount } from '../src/commands/get-account.ts'
import { type ChangePreview, previewChange } from '../src/commands/preview-change.ts'
import { recomputeGroups } from '../src/commands/recompute-groups.ts'
import { takeInAvailability } from '../src/commands/take-in-availability.ts'
import { undoChange } from '../src/commands/undo-change.ts'
import type { RuleChange } from '../src/domain/rule-change.ts'
import type { ChannelDb } from '../src/store/database.ts'
import type { Location } from '../src/store/locations.ts'
import { aCause, accountId, anItemChange, pipelineDatabase } from './pipeline-fixtures.ts'

/** Showing, making and taking back changes on a real database; Amazon is asked nothing. */
export interface ChangeStage extends AsyncDisposable {
  db: Kysely<ChannelDb>
  deps: { db: Kysely<ChannelDb>; ids: typeof systemIds; poke: () => void; zerosSharePercent: number }
  /** The locations that inventory knows; a test may take one away. */
  known: Location[]
  preview(marketplace: string, change: RuleChange): Promise<ChangePreview>
  apply(
    confirmation: string,
    more?: { zerosConfirmation?: string; allowStockMoves?: boolean; actor?: string },
  ): Promise<AppliedChange>
  undo(marketplace: string, more?: { change?: string; zerosConfirmation?: string }): ReturnType<typeof undoChange>
  /** Inventory tells what there is of the item of this SKU. */
  available(sku: string, available: number, location?: string): Promise<void>
  /** Takes everything away, for the next test. */
  clear(): Promise<void>
  /** Computes everything that was marked, and answers what is wanted by SKU; null behind a gate. */
  wanted(): Promise<Record<string, number | null>>
}

const callAmazon = () => Promise.reject(new Error('Amazon is asked nothing here'))

/** A database of its own, without anything in it. */
export async function changeStage(name: string): Promise<ChangeStage> {
  const suite = await pipelineDatabase(name)
  const { db } = suite
  const deps = { db, ids: systemIds, poke: () => undefined, zerosSharePercent: 10 }
  const known = [1, 2, 3].map((n) => ({ id: `loc_${n}`, name: `loc_${n}`, kind: 'own' as const, isDefault: n === 1 }))
  const stage: Pick<ChangeStage, 'known'> = { known: [...known] }
  let version = 0
  return Object.assign(stage, {
    db,
    deps,
    async preview(marketplace: string, change: RuleChange) {
      const account = await getAccount(db, accountId(marketplace))
      const signal = AbortSignal.timeout(30_000)
      return previewChange({ ...deps, callAmazon }, { account, change, known: stage.known, signal })
    },
    apply(confirmation: string, more: Parameters<ChangeStage['apply']>[1] = {}) {
      const { zerosConfirmation = '', allowStockMoves = false, actor = 'test' } = more
      const command = { confirmation, zerosConfirmation, allowStockMoves, known: stage.known, actor }
      return db.transaction().execute((tx) => applyChange(tx, deps, command))
    },
    undo(marketplace: string, { change = '', zerosConfirmation = '' }: Parameters<ChangeStage['undo']>[1] = {}) {
      const command = { account: accountId(marketplace), change, zerosConfirmation, known: stage.known, actor: 'test' }
      return db.transaction().execute((tx) => undoChange(tx, deps, command))
    },
    async available(sku: string, available: number, location = 'loc_1') {
      version += 1
      await takeInAvailability(deps, [anItemChange(sku, { available, version, location })])
    },
    async clear() {
      stage.known = [...known]
      await sql`
        truncate connection, account, account_location, location, sku_group, listing, listing_look, rule_change, dry_run, group_state, recompute_mark,
                 member_state, computation, chain_entry, availability, availability_wanted, item_lead_time, mass_zero,
                 account_orders, order_taken_in, order_sale, order_reflected cascade`.execute(db)
    },
    wanted: () => computeMarked(db),
    [Symbol.asyncDispose]: () => suite[Symbol.asyncDispose](),
  })
}

async function computeMarked(db: Kysely<ChannelDb>): Promise<Record<string, number | null>> {
  const { rows: marked } = await sql<{ group_id: string }>`
    select group_id from group_state where recompute_at is not null union select group_id from recompute_mark`.execute(
    db,
  )
  const groupIds = marked.map((row) => row.group_id)
  const recompute = { groupIds, causeOf: () => aCause('unused'), salesMoved: false }
  await db.transaction().execute((tx) => recomputeGroups(tx, { ids: systemIds }, recompute))
  const { rows } = await sql<{ channel_sku: string; desired_quantity: number | null }>`
    select channel_sku, desired_quantity from group_state order by channel_sku`.execute(db)
  return Object.fromEntries(rows.map((row) => [row.channel_sku, row.desired_quantity]))
}

/** The reason and the words of a refusal; nothing when there was none. */
export async function refusedWith(
  work: Promise<unknown>,
): Promise<Partial<RefusalFacts & { reason: string; nextStep: string }>> {
  try {
    await work
    return {}
  } catch (error) {
    if (!(error instanceof RefusalError)) throw error
    const { reason, message, field, value, nextStep, candidates } = error
    return { reason, message, field, value, nextStep, candidates }
  }
}
