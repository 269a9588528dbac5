import { nextToWatch } from '@lockstep/pacing/watch'

import { countWatchRead } from '../pipeline-metrics.ts'
import { databaseTime } from '../store/database-clock.ts'
import { type ClaimedWatch, listRested, moveWatch, noteWatched, rateSkus, takeWatchRead } from '../store/sku-watches.ts'
import { readThrough, type ReadThroughDeps } from './sweep-listings.ts'

/** What the watch works with. */
export interface WatchDeps extends ReadThroughDeps {
  /** How many reads a connection's watch may take in a minute; 0 turns it off. */
  watchReadsPerMinute: number
}

const ratedEveryMs = 60_000
const looksAt = 500
const readsInARow = 3
const pauses = { betweenReads: 0, restedAll: 1_000, usedUp: 2_000, noRead: 5_000, off: 60_000 }

/**
 * A step of a connection's watch: reads the SKUs whose unnoticed sales would do most harm, each every ten seconds at most, with tokens that nothing more urgent wants and no more of them than a minute's
 * share. So a sale on Amazon is held for every channel within seconds. Skipping it costs time, nothing else.
 */
export async function watchSkus(deps: WatchDeps, watch: ClaimedWatch, signal: AbortSignal): Promise<void> {
  const { db, watchReadsPerMinute } = deps
  const connectionId = watch.connection_id
  if (watchReadsPerMinute === 0) return moveWatch(db, connectionId, pauses.off)
  const ratedAt = watch.rated_at?.getTime() ?? 0
  if ((await databaseTime(db)) - ratedAt >= ratedEveryMs) await rateSkus(db, connectionId)
  await moveWatch(db, connectionId, await readMostExposed(deps, connectionId, signal))
}

/** Answers how long to pause. */
async function readMostExposed(deps: WatchDeps, connectionId: string, signal: AbortSignal): Promise<number> {
  for (let reads = 0; reads < readsInARow && !signal.aborted; reads += 1) {
    const { now, skus } = await listRested(deps.db, connectionId, looksAt)
    const groupIds = nextToWatch(skus, now).map(({ id }) => id)
    if (groupIds.length === 0) return pauses.restedAll
    if (!(await takeWatchRead(deps.db, connectionId, deps.watchReadsPerMinute))) return pauses.usedUp
    const isRead = await readThrough(deps, { connectionId, groupIds, lane: 'watch', signal })
    countWatchRead(isRead ? 'read' : 'failed')
    if (!isRead) return pauses.noRead
    await noteWatched(deps.db, groupIds)
  }
  return pauses.betweenReads
}
