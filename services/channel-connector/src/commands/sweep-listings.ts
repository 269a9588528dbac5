import type { Ids } from '@lockstep/contracts/ids'
import { MAX_SKUS_PER_SEARCH } from '@lockstep/sp-api/listings'
import { type Kysely, sql, type Transaction } from 'kysely'

import { findConnection } from '../store/connections.ts'
import type { ChannelDb } from '../store/database.ts'
import { lockGroups } from '../store/group-rows.ts'
import {
  addLiveHint,
  type ClaimedSweep,
  moveSweep,
  nextHintMs,
  nextSweptPage,
  takeLiveHints,
} from '../store/listing-sweeps.ts'
import { beginTurn } from './group-turn.ts'
import { type CallAmazon, type LiveReading, readLive } from './read-live.ts'
import { tellReading } from './read-groups.ts'
import { saveTurns } from './save-turns.ts'
import { tellSales } from './tell-sales.ts'

/** What reading without a reason works with. */
export interface ReadThroughDeps {
  db: Kysely<ChannelDb>
  ids: Ids
  callAmazon: CallAmazon
  /** Something may be due: a read may have closed a question. */
  poke(): void
  /** Wakes the relay: a read may have found what is to be held. */
  announce?: () => void
}

/** What the sweep works with. */
export interface SweepDeps extends ReadThroughDeps {
  /** Every listing is read at least this often, as far as tokens are to spare. */
  sweepEveryMs: number
}

const betweenReadsMs = 1_000
const afterFailureMs = 10_000
const waitForTokenMs = 5_000
/** A SKU that is hinted at again and again is read no more often. */
const hintGapMs = 10_000

/** A notification says that a SKU's quantity changed on Amazon: it is read now. Losing a hint costs time, nothing else. False for a SKU that is not known. */
export async function hintLiveChanged(
  deps: { db: Kysely<ChannelDb> },
  { connectionId, channelSku }: { connectionId: string; channelSku: string },
): Promise<boolean> {
  if (channelSku.includes('\u0000')) return false
  return addLiveHint(deps.db, { connectionId, channelSku, gapMs: hintGapMs })
}

/** One step of a connection's sweep: reads what was hinted at, else the next listings in turn, and says when the next step is due. */
export async function sweepListings(deps: SweepDeps, sweep: ClaimedSweep, signal: AbortSignal): Promise<void> {
  const { db, sweepEveryMs: everyMs } = deps
  const connectionId = sweep.connection_id
  const hinted = await takeLiveHints(db, connectionId, MAX_SKUS_PER_SEARCH)
  if (hinted.length > 0) {
    await readThrough(deps, { connectionId, groupIds: hinted, lane: 'watch', signal })
    return moveSweep(db, sweep, { afterSku: sweep.after_sku, pauseMs: 0, everyMs })
  }
  const page = await nextSweptPage(db, { connectionId, afterSku: sweep.after_sku, everyMs, limit: MAX_SKUS_PER_SEARCH })
  const isRead = await readThrough(deps, { connectionId, groupIds: page.groupIds, lane: 'sweep', signal })
  const pauseMs = Math.min(isRead ? betweenReadsMs : afterFailureMs, (await nextHintMs(db, connectionId)) ?? Infinity)
  await moveSweep(db, sweep, { afterSku: isRead ? (page.lastSku ?? null) : sweep.after_sku, pauseMs, everyMs })
}

/** Reads these groups at once and takes in what Amazon shows; groups that somebody works on are left to them. False when the read could not be had. */
export async function readThrough(
  deps: ReadThroughDeps,
  about: { connectionId: string; groupIds: readonly string[]; lane: 'sweep' | 'watch'; signal: AbortSignal },
): Promise<boolean> {
  const { connectionId, groupIds, lane, signal } = about
  const connection = await findConnection(deps.db, connectionId)
  if (groupIds.length === 0) return true
  if (!connection?.token) return false
  const facts = await listReadFacts(deps.db, groupIds)
  const reading = await readLive(deps, {
    connectionId,
    sellerId: connection.sellerId,
    skus: facts.map((fact) => fact.channelSku),
    marketplaceIds: [...new Set(facts.flatMap((fact) => fact.marketplaceIds))],
    withLeadTime: facts.some((fact) => fact.withLeadTime),
    lane,
    waitMs: waitForTokenMs,
    signal,
  })
  if (reading.kind === 'failed') return false
  await deps.db.transaction().execute((tx) => takeIn(tx, deps, { groupIds, reading }))
  deps.announce?.()
  deps.poke()
  return true
}

async function takeIn(
  tx: Transaction<ChannelDb>,
  deps: ReadThroughDeps,
  { groupIds, reading }: { groupIds: readonly string[]; reading: LiveReading },
): Promise<void> {
  const { rows, now } = await lockGroups(tx, groupIds)
  const free = rows.filter(({ claimedUntil }) => claimedUntil === null || claimedUntil < now)
  const turns = free.map((row) => beginTurn(row))
  await tellSales(tx, turns, now)
  for (const turn of turns) tellReading(turn, reading, { now, skewMs: 0 })
  await saveTurns(tx, deps, { turns, now })
}

interface ReadFacts {
  channelSku: string
  marketplaceIds: string[]
  withLeadTime: boolean
}

/** What is asked of Amazon for these groups; the lead time only where one was sent or is set. */
async function listReadFacts(db: Kysely<ChannelDb>, groupIds: readonly string[]): Promise<ReadFacts[]> {
  const { rows } = await sql<ReadFacts>`
    select s.channel_sku as "channelSku",
           array(select distinct l.marketplace_id from listing l where l.group_id = s.group_id) as "marketplaceIds",
           coalesce(s.pacing::json ->> 'leadTimeSent' is not null, false) or s.desired_lead_time_days is not null as "withLeadTime"
      from group_state s where s.group_id = any(${[...groupIds]}::text[])`.execute(db)
  return rows
}
