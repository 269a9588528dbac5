import type { GroupState } from '@lockstep/pacing/group-state'
import { heldForPriceUntil } from '@lockstep/pacing/price-hold'
import { sql, type Transaction } from 'kysely'

import { feedTokens } from '../domain/feed-stage.ts'
import { groupColumns, type GroupColumns } from '../domain/group-columns.ts'
import type { ChannelDb } from './database.ts'
import { jsonList } from './json-list.ts'
import type { RecomputeCause } from './pipeline-tables.ts'
import { stateFrom, textOf } from './state-text.ts'

/** A group's row under its lock. Times are epoch milliseconds by the database's clock. */
export interface GroupRow {
  groupId: string
  connectionId: string
  channelSku: string
  state: GroupState
  /** Why a recompute is due; null when none is. */
  recomputeCause: RecomputeCause | null
  productType: string | null
  nextAt: number | null
  blockedBy: string | null
  notBefore: number | null
  claimedBy: string | null
  claimedUntil: number | null
  /** Failed tries in a row; the pause after a failure grows with it. */
  attempts: number
  /** Rises with each claim; a reply to a call counts only under the epoch it was made in. */
  epoch: number
  massZeroAt: number | null
  conflictConfirmedAt: number | null
  /** When a look was asked for out of turn; the next read takes it off. */
  lookAt: number | null
  /** As it was when it was locked: what is the same need not be written. */
  readonly locked: LockedRow
}

type LockedRow = Omit<GroupRow, 'locked'>

interface StoredRow {
  now: number
  group_id: string
  connection_id: string
  channel_sku: string
  pacing: string | null
  recompute_cause: RecomputeCause | null
  product_type: string | null
  next_at: number | null
  blocked_by: string | null
  not_before: number | null
  claimed_by: string | null
  claimed_until: number | null
  attempts: number
  epoch: number
  mass_zero_at: number | null
  conflict_confirmed_at: number | null
  look_at: number | null
}

const epochMsNow = sql`(extract(epoch from clock_timestamp()) * 1000)::bigint`
const epochMs = (column: string) => sql`(extract(epoch from ${sql.ref(column)}) * 1000)::bigint`

/**
 * Locks these groups' rows in id order until the transaction ends, and reads them with the database's time. Groups that were never linked have no row.
 * What is read afterwards holds everything that was committed before the lock.
 */
export async function lockGroups(
  tx: Transaction<ChannelDb>,
  groupIds: readonly string[],
): Promise<{ rows: GroupRow[]; now: number }> {
  if (groupIds.length === 0) return { rows: [], now: 0 }
  const { rows } = await sql<StoredRow>`
    select ${epochMsNow} as now, group_id, connection_id, channel_sku, pacing, recompute_cause, product_type, blocked_by, claimed_by, attempts, epoch,
           ${epochMs('next_at')} as next_at, ${epochMs('not_before')} as not_before,
           ${epochMs('claimed_until')} as claimed_until, ${epochMs('mass_zero_at')} as mass_zero_at,
           ${epochMs('conflict_confirmed_at')} as conflict_confirmed_at, ${epochMs('look_at')} as look_at
      from group_state where group_id = any(${[...groupIds]}::text[]) order by group_id for update`.execute(tx)
  return { rows: rows.map(groupRow), now: Math.max(0, ...rows.map((row) => row.now)) }
}

function groupRow(row: StoredRow): GroupRow {
  const state = stateFrom(row.pacing)
  // What is shown of a number that a feed carries, or that waits for a price, is no block of its own.
  const isShown = isCarried(row.claimed_by, state) || (heldForPriceUntil(state) !== null && row.not_before === null)
  const blockedBy = isShown ? null : row.blocked_by
  const locked = {
    groupId: row.group_id,
    connectionId: row.connection_id,
    channelSku: row.channel_sku,
    state,
    recomputeCause: row.recompute_cause,
    productType: row.product_type,
    nextAt: row.next_at,
    blockedBy,
    notBefore: row.not_before,
    claimedBy: row.claimed_by,
    claimedUntil: row.claimed_until,
    attempts: row.attempts,
    epoch: row.epoch,
    massZeroAt: row.mass_zero_at,
    conflictConfirmedAt: row.conflict_confirmed_at,
    lookAt: row.look_at,
  }
  return { ...locked, locked }
}

type ColumnKind = 'text' | 'integer' | 'bigint' | 'jsonb' | 'time'
type SavedColumns = GroupColumns & {
  recompute_cause: string | null
  product_type: string | null
  next_at: number | null
  blocked_by: string | null
  not_before: number | null
  claimed_by: string | null
  claimed_until: number | null
  attempts: number
  epoch: number
  mass_zero_at: number | null
  conflict_confirmed_at: number | null
  look_at: number | null
}
type ColumnName = keyof SavedColumns

/** What a change of ours touches in a row that stands in line or is in step. */
const ourColumns = {
  recompute_cause: 'jsonb',
  state: 'text',
  reason: 'text',
  desired_quantity: 'bigint',
  desired_lead_time_days: 'integer',
  desired_version: 'integer',
  desired_at: 'time',
  desired_cause: 'jsonb',
  lane: 'text',
  lane_rank: 'integer',
  waiting_since: 'time',
  conflict_kind: 'text',
  next_at: 'time',
  blocked_by: 'text',
} as const satisfies Partial<Record<ColumnName, ColumnKind>>

/** What a claim touches beside that. */
const claimColumns = {
  not_before: 'time',
  claimed_by: 'text',
  claimed_until: 'time',
  attempts: 'integer',
  epoch: 'integer',
  look_at: 'time',
} as const satisfies Partial<Record<ColumnName, ColumnKind>>

const savedColumns: Readonly<Record<ColumnName, ColumnKind>> = {
  ...ourColumns,
  ...claimColumns,
  scheduled_at: 'time',
  submitted_quantity: 'bigint',
  submitted_version: 'integer',
  submitted_at: 'time',
  submission_id: 'text',
  accepted_quantity: 'bigint',
  accepted_version: 'integer',
  accepted_at: 'time',
  seen_quantity: 'bigint',
  seen_at: 'time',
  live_quantity: 'bigint',
  live_read_at: 'time',
  unseen_since: 'time',
  lease_until: 'time',
  drift_kind: 'text',
  hold_units: 'bigint',
  hold_stated_at: 'time',
  product_type: 'text',
  mass_zero_at: 'time',
  conflict_confirmed_at: 'time',
}

type SavedEntry = [name: ColumnName, kind: ColumnKind]
interface ColumnSet {
  entries: readonly SavedEntry[]
  names: ReadonlySet<ColumnName>
}

function columnSet(columns: Partial<Record<ColumnName, ColumnKind>>): ColumnSet {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the records above name each column once
  const entries = Object.entries(columns) as SavedEntry[]
  return { entries, names: new Set(entries.map(([name]) => name)) }
}

const allColumns = columnSet(savedColumns)
/** From few to all: a row is saved with the first set that has all that changed in it. Few sets, so that each is a statement that is prepared. */
const columnSets = [columnSet(ourColumns), columnSet({ ...ourColumns, ...claimColumns }), allColumns]

/**
 * Saves locked rows, whatever their number in at most three statements: most rows have changed in few of their columns, and the others are not written again.
 * A recompute whose cause was taken off its row is done with it.
 */
export async function saveGroups(tx: Transaction<ChannelDb>, rows: readonly GroupRow[]): Promise<void> {
  const changes = rows.map((row) => changeOf(row))
  for (const set of columnSets) {
    const saved = changes.filter((change) => change.set === set)
    if (saved.length > 0) await saveColumns(tx, set.entries, saved)
  }
}

interface RowChange {
  row: GroupRow
  columns: SavedColumns
  set: ColumnSet
}

function changeOf(row: GroupRow): RowChange {
  const columns = columnsOf(row)
  const before = columnsOf(row.locked)
  const changed = allColumns.entries.filter(([name]) => columns[name] !== before[name])
  const set = columnSets.find(({ names }) => changed.every(([name]) => names.has(name))) ?? allColumns
  return { row, columns, set }
}

async function saveColumns(
  tx: Transaction<ChannelDb>,
  entries: readonly SavedEntry[],
  changes: readonly RowChange[],
): Promise<void> {
  const names = entries.map(([name]) => sql.ref(name))
  const assignments = entries.map(([name, kind]) => sql`${sql.ref(name)} = ${incoming(name, kind)}`)
  const arrays = entries.map(([name, kind]) =>
    kind === 'jsonb'
      ? jsonList(changes.map(({ columns }) => (columns[name] === null ? null : String(columns[name]))))
      : sql`${changes.map(({ columns }) => columns[name])}::${sql.raw(kind === 'time' ? 'float8' : kind)}[]`,
  )
  await sql`
    update group_state g
       set recompute_at = case when incoming.recompute_cause is not null then g.recompute_at end, pacing = incoming.pacing, ${sql.join(assignments)}
      from unnest(${changes.map(({ row }) => row.groupId)}::text[], ${jsonList(changes.map(({ row }) => textOf(row.state)))}, ${sql.join(arrays)})
           as incoming (group_id, pacing, ${sql.join(names)})
     where g.group_id = incoming.group_id`.execute(tx)
}

function incoming(name: ColumnName, kind: ColumnKind) {
  const column = sql.ref(`incoming.${name}`)
  if (kind === 'time') return sql`to_timestamp(${column} / 1000)`
  return kind === 'jsonb' ? sql`${column}::jsonb` : column
}

function columnsOf(row: LockedRow): SavedColumns {
  return {
    ...groupColumns(row.state),
    ...heldColumns(row),
    recompute_cause: row.recomputeCause && JSON.stringify(row.recomputeCause),
    product_type: row.productType,
    next_at: row.nextAt,
    not_before: row.notBefore,
    claimed_by: row.claimedBy,
    claimed_until: row.claimedUntil,
    attempts: row.attempts,
    epoch: row.epoch,
    mass_zero_at: row.massZeroAt,
    conflict_confirmed_at: row.conflictConfirmedAt,
    look_at: row.lookAt,
  }
}

/** A write that a person has to let go shows that, whatever the planner says of it. */
function heldColumns(
  row: LockedRow,
): { blocked_by: string | null } | { blocked_by: string; state: string; reason: string } {
  // A barrier with a time is a feed that ends by itself; one without waits for a person.
  if (row.blockedBy === 'BARRIER' && row.notBefore !== null) {
    return { blocked_by: 'BARRIER', state: 'waiting', reason: 'BEHIND_FEED' }
  }
  if (row.blockedBy === 'BARRIER') return { blocked_by: 'BARRIER', state: 'conflict', reason: 'CONFIRMATION_NEEDED' }
  if (row.blockedBy === 'MASS_ZERO') return { blocked_by: 'MASS_ZERO', state: 'waiting', reason: 'MASS_ZERO' }
  // The next number waits behind the feed that carries the last one.
  if (isCarried(row.claimedBy, row.state) && row.state.due) return { blocked_by: 'BARRIER' }
  const waitsForPrice = heldForPriceUntil(row.state) === null ? null : 'BARRIER'
  return { blocked_by: row.blockedBy ?? gateBlock(row.state) ?? waitsForPrice }
}

function isCarried(claimedBy: string | null, state: GroupState): boolean {
  return claimedBy?.startsWith(feedTokens) === true && state.inFlight?.phase === 'sending'
}

/** A change of ours that waits behind a gate which opens by itself or by a person's word. */
function gateBlock({ due, computation }: GroupState): string | null {
  if (!due || computation?.number !== null) return null
  if (computation.gatedBy === 'not_paused') return 'PAUSED'
  return computation.gatedBy === 'orders_current' ? 'ORDERS_NOT_CURRENT' : null
}
