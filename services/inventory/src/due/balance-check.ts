import type { Logger } from '@lockstep/telemetry/logger'
import { sql, type Kysely, type Transaction } from 'kysely'
import { incidentKinds } from '../domain/incidents.ts'
import { countUnbalanced, tellIncidents } from '../metrics.ts'
import { digestBuckets } from '../queries/availability.ts'
import { mostUnbalanced, unbalancedLevels, type UnbalancedLevel } from '../queries/unbalanced-levels.ts'
import {
  keepUnbalanced,
  openIncidentFigures,
  repairShortages,
  unbalancedBuckets,
  type UnbalancedPlace,
} from '../store/incidents.ts'
import type { InventoryDb } from '../store/inventory-db.ts'

export interface BalanceCheckOptions {
  db: Kysely<InventoryDb>
  log: Logger
  /** Pause between two rounds. Default 60 000. */
  everyMs?: number
  /** How long one round may take; the next one goes on where it stopped. Default 2 000. */
  budgetMs?: number
}

/**
 * Compares every level with its ledger and with what orders and reservations claim, a bucket of items at a time, and names those that differ: in the
 * log, in the figures, and as an incident that stays open until the books add up again. Shortages without an incident get theirs.
 * A small installation is gone through in every round. Where several replicas run, one of them does the round.
 */
export function startBalanceCheck(options: BalanceCheckOptions): AsyncDisposable {
  const { everyMs = 60_000 } = options
  const stopping = new AbortController()
  let bucket = 0
  let running = Promise.resolve()
  const round = async (): Promise<void> => {
    try {
      bucket = await checkFrom(bucket, options, stopping.signal)
      await tellOpenIncidents(options.db)
    } catch (error) {
      options.log.warn({ err: error }, 'balance check put off')
    }
  }
  const timer = setInterval(() => {
    running = running.then(round)
  }, everyMs)
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      stopping.abort()
      await running
    },
  }
}

// An arbitrary number of our own.
const roundLock = 7_100_060

/** One round from this bucket on; answers where the next one starts. */
export async function checkFrom(
  first: number,
  { db, log, budgetMs = 2_000 }: BalanceCheckOptions,
  signal?: AbortSignal,
): Promise<number> {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ ours: boolean }>`select pg_try_advisory_xact_lock(${roundLock}) as ours`.execute(tx)
    if (!rows[0]?.ours) return first
    const deadline = performance.now() + budgetMs
    const known = await unbalancedBuckets(tx)
    for (let step = 0; step < digestBuckets; step += 1) {
      const bucket = (first + step) % digestBuckets
      if (signal?.aborted || performance.now() > deadline) return bucket
      await checkBucket(tx, bucket, { log, isKnown: known.has(bucket) })
    }
    return first
  })
}

async function checkBucket(
  tx: Transaction<InventoryDb>,
  bucket: number,
  { log, isKnown }: { log: Logger; isKnown: boolean },
): Promise<void> {
  const found = await unbalancedLevels(tx, bucket)
  if (found.length > 0) countUnbalanced(found.length)
  for (const level of found) log.error(fieldsOf(level), 'level and ledger differ')
  if (found.length > 0 || isKnown) {
    await keepUnbalanced(tx, { bucket, found: found.map(unbalancedPlace), isWhole: found.length < mostUnbalanced })
  }
  const repaired = await repairShortages(tx, bucket)
  if (repaired > 0) log.warn({ bucket, incidents: repaired }, 'shortages changed without their incidents')
}

/** Tells how many incidents are open. */
async function tellOpenIncidents(db: Kysely<InventoryDb>): Promise<void> {
  const figures = new Map((await openIncidentFigures(db)).map(({ kind, ...figure }) => [kind, figure]))
  for (const kind of incidentKinds) tellIncidents(kind, figures.get(kind) ?? { open: 0, units: 0 })
}

function unbalancedPlace(level: UnbalancedLevel): UnbalancedPlace {
  const { itemId, locationId, onHand, ledgerOnHand, reserved, ledgerReserved, claimed } = level
  const { held, ledgerHeld, heldByHolds } = level
  const differences = [
    onHand - ledgerOnHand,
    reserved - ledgerReserved,
    reserved - claimed,
    held - ledgerHeld,
    held - heldByHolds,
  ]
  const note = [
    `on hand ${onHand}, its ledger ${ledgerOnHand}`,
    `reserved ${reserved}, its ledger ${ledgerReserved}, claimed ${claimed}`,
    `held ${held}, its ledger ${ledgerHeld}, its holds ${heldByHolds}`,
  ].join('; ')
  return { itemId, locationId, units: Math.max(...differences.map(Math.abs)), note }
}

function fieldsOf(level: UnbalancedLevel): object {
  return {
    sku: level.sku,
    item_id: level.itemId,
    location_id: level.locationId,
    on_hand: level.onHand,
    ledger_on_hand: level.ledgerOnHand,
    reserved: level.reserved,
    ledger_reserved: level.ledgerReserved,
    claimed: level.claimed,
    held: level.held,
    ledger_held: level.ledgerHeld,
    held_by_holds: level.heldByHolds,
  }
}
