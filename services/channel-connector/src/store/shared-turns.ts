import { nextSlotAt, takeUpTo } from '@lockstep/pacing/bucket'
import { type Claimant, type Share, shareOut } from '@lockstep/pacing/fair-shares'
import { type Kysely, type Selectable, sql, type Transaction } from 'kysely'
import type { SharedTurnTable } from './account-tables.ts'
import { bucketOf, type BucketRow, columnsOf, here, slowBelowRate } from './bucket-row.ts'
import type { ChannelDb } from './database.ts'

/** A connection of this process that waits at a shared bucket. */
export interface TurnWanted {
  connectionId: string
  want: number
  /** Tokens it was given outside of this table since it was last counted; below 0 when it gave some back. */
  uncounted: number
}

/** What was given to whom, and when to ask again. */
export interface TurnAnswer {
  /** Tokens by connection; those that got none are missing. */
  given: Map<string, number>
  /** Until the bucket has its next token. */
  waitMs: number
  /** Tokens that were given out since the row was made. */
  taken: number
  /** False when there is no such bucket. */
  isThere: boolean
}

/** A waiting connection that is not heard of for so long has left. */
const wantedForMs = 1_000
/** A row that says all else already is written again when so little of that time is left. */
const saidAgainMs = 500

/** A question of one process: for whom it wants tokens, and how many it may be given in all. */
export interface TurnQuestion {
  key: string
  most: number
  /** Names the process. */
  askedBy: string
  wanted: readonly TurnWanted[]
}

/**
 * Takes tokens of a bucket that connections share, each for the connection served least among all that wait in any process. What falls to
 * a connection that waits in another process is left for it; one that asked here before and does not now keeps its count, and no token from the others.
 * A few statements under the bucket's lock, at the database's clock.
 */
export async function takeTurns(db: Kysely<ChannelDb>, question: TurnQuestion): Promise<TurnAnswer> {
  const { key, most, wanted } = question
  return db.transaction().execute(async (tx) => {
    const row = await lockShared(tx, key)
    if (!row) return { given: new Map(), waitMs: 0, taken: 0, isThere: false }
    const now = Math.max(row.now_ms, row.counted_ms)
    const turns = await readTurns(tx, { key, now, ids: wanted.map(({ connectionId }) => connectionId) })
    const known = row.is_moved ? { ...bucketOf(row), level: 0, at: now } : bucketOf(row)
    const all = takeUpTo(known, Math.floor(known.workingBurst), now)
    const claimants = claimantsOf(turns, { question, now })
    const shares = shareOut(claimants, { tokens: all.count, mostHere: known.probe ? 1 : most })
    const given = ownShares(shares, wanted)
    const sum = [...given.values()].reduce((total, tokens) => total + tokens, 0)
    const { bucket } = takeUpTo(known, sum, now)
    if (sum > 0 || row.is_moved) {
      const counted = { ...columnsOf(bucket), place: row.here }
      await tx.updateTable('rate_bucket').set(counted).where('key', '=', key).execute()
    }
    await saveTurns(tx, { question, now, turns, claimants, shares })
    return { given, waitMs: nextSlotAt(bucket, now) - now, taken: bucket.taken, isThere: true }
  })
}

type SharedRow = BucketRow & { now_ms: number; here: string; is_moved: boolean }

async function lockShared(tx: Transaction<ChannelDb>, key: string): Promise<SharedRow | undefined> {
  // As with any fast bucket the commit does not wait for the disk.
  const { rows } = await sql<SharedRow>`
    select b.*, spot.here, coalesce(b.place <> spot.here, false) as is_moved,
           set_config('synchronous_commit', case when b.rate < ${sql.lit(slowBelowRate)} then 'on' else 'off' end, true),
           (extract(epoch from clock_timestamp()) * 1000)::double precision as now_ms
      from rate_bucket b cross join (select ${here} as here) spot
     where b.key = ${key} for update of b`.execute(tx)
  return rows[0]
}

type TurnRow = Selectable<SharedTurnTable>

function readTurns(
  tx: Transaction<ChannelDb>,
  { key, now, ids }: { key: string; now: number; ids: readonly string[] },
): Promise<TurnRow[]> {
  return tx
    .selectFrom('shared_turn')
    .selectAll()
    .where('key', '=', key)
    .where((eb) => eb.or([eb('wanted_until_ms', '>', now), eb('connection_id', 'in', [...ids])]))
    .execute()
}

/** Everybody who waits, here or elsewhere. */
function claimantsOf(
  turns: readonly TurnRow[],
  { question, now }: { question: TurnQuestion; now: number },
): Claimant[] {
  const { wanted, askedBy } = question
  const rows = new Map(turns.map((turn) => [turn.connection_id, turn]))
  const mine = wanted.map(({ connectionId, want, uncounted }): Claimant => {
    const row = rows.get(connectionId)
    rows.delete(connectionId)
    const before = (row?.served ?? 0) + uncounted
    const isWaiting = row !== undefined && row.wanted_until_ms > now
    return {
      id: connectionId,
      served: isWaiting ? before : null,
      servedBefore: before,
      waitingSince: isWaiting ? row.waiting_ms : now,
      want,
      isHere: true,
    }
  })
  const others = [...rows.values()].map((row): Claimant => {
    const { connection_id: id, served, waiting_ms: waitingSince } = row
    const want = row.asked_by === askedBy ? 0 : row.want
    return { id, served, servedBefore: served, waitingSince, want, isHere: false }
  })
  return [...mine, ...others]
}

/** What falls to the connections of this process. */
function ownShares(shares: ReadonlyMap<string, Share>, wanted: readonly TurnWanted[]): Map<string, number> {
  const own = wanted.map(({ connectionId }) => [connectionId, shares.get(connectionId)?.tokens ?? 0] as const)
  return new Map(own.filter(([, tokens]) => tokens > 0))
}

async function saveTurns(
  tx: Transaction<ChannelDb>,
  about: {
    question: TurnQuestion
    now: number
    turns: readonly TurnRow[]
    claimants: readonly Claimant[]
    shares: ReadonlyMap<string, Share>
  },
): Promise<void> {
  const { question, now, turns, claimants, shares } = about
  const since = new Map(claimants.map(({ id, waitingSince }) => [id, waitingSince]))
  const before = new Map(turns.map((turn) => [turn.connection_id, turn]))
  const rows = question.wanted
    .map(({ connectionId, want }): TurnRow => {
      const { tokens, served } = shares.get(connectionId) ?? { tokens: 0, served: 0 }
      return {
        key: question.key,
        connection_id: connectionId,
        served,
        want: want - tokens,
        waiting_ms: tokens > 0 ? now : (since.get(connectionId) ?? now),
        // Whoever has all it wanted still counts for a moment: it may want more before it is asked, and keeps its count.
        wanted_until_ms: now + wantedForMs,
        asked_by: question.askedBy,
      }
    })
    .filter((row) => !saysAlready(before.get(row.connection_id), row, now))
  if (rows.length === 0) return
  await tx
    .insertInto('shared_turn')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['key', 'connection_id']).doUpdateSet((eb) => ({
        served: eb.ref('excluded.served'),
        want: eb.ref('excluded.want'),
        waiting_ms: eb.ref('excluded.waiting_ms'),
        wanted_until_ms: eb.ref('excluded.wanted_until_ms'),
        asked_by: eb.ref('excluded.asked_by'),
      })),
    )
    .execute()
}

/** Whether the table says it, and will for a while: with hundreds that wait, most of them are the same at each question. */
function saysAlready(before: TurnRow | undefined, row: TurnRow, now: number): boolean {
  return (
    before !== undefined &&
    before.served === row.served &&
    before.want === row.want &&
    before.waiting_ms === row.waiting_ms &&
    before.asked_by === row.asked_by &&
    before.wanted_until_ms > now + saidAgainMs
  )
}
