import { setTimeout as delay } from 'node:timers/promises'

import { type ClaimLoop, startClaimLoop } from '@lockstep/postgres/claim-loop'
import { sql } from 'kysely'

import { announceAccounts } from '../commands/announce-accounts.ts'
import { announceEnds, type AnnounceEndsDeps } from '../commands/announce-ends.ts'
import { endAwaitedSales } from '../commands/end-awaited-sales.ts'
import { type FetchDeps, repairAvailability } from '../commands/fetch-availability.ts'
import { restateHolds } from '../commands/restate-holds.ts'
import { learnWentLive, type LearnWentLiveDeps } from '../commands/learn-went-live.ts'
import { addMissingFbaReads } from '../store/fba-stock.ts'
import { addMissingSweeps } from '../store/listing-sweeps.ts'
import { addMissingWatches } from '../store/sku-watches.ts'
import { ensureLeaders } from '../store/feed-leaders.ts'
import { prunePipeline } from '../store/prune-pipeline.ts'

/** What the duties work with. */
export interface DutyDeps extends FetchDeps, LearnWentLiveDeps, AnnounceEndsDeps {
  /** Wakes the relay: events were written. */
  announce(): void
  /** How often everything stored is compared with inventory. */
  compareEveryMs: number
}

interface Duty {
  everyMs: number
  /** True when more of it is there to be done at once. */
  run(signal: AbortSignal): Promise<boolean>
}

/** An event that has not come within this time after its figure was read is lost. */
const settleMs = 10_000
const pruneSlice = 5_000

/**
 * What comes again by the clock, once in the whole installation whatever the number of replicas: comparing everything with inventory,
 * asking who went live, ending what is awaited too long, announcing accounts and credentials that end, and removing what is too old.
 */
export async function startPipelineDuties(deps: DutyDeps): Promise<ClaimLoop> {
  const duties = dutiesOf(deps)
  await sql`
    insert into pipeline_duty (id) select * from unnest(${Object.keys(duties)}::text[]) on conflict do nothing`.execute(
    deps.db,
  )
  return startClaimLoop<{ id: string }>({
    db: deps.db,
    log: deps.log,
    name: 'pipeline-duty',
    table: 'pipeline_duty',
    concurrency: Object.keys(duties).length,
    pollMs: 500,
    async run({ id }, signal) {
      const duty = duties[id]
      const hasMore = duty ? await duty.run(signal) : false
      const pauseMs = hasMore ? 0 : (duty?.everyMs ?? 3_600_000)
      await sql`
        update pipeline_duty set next_at = clock_timestamp() + make_interval(secs => ${pauseMs / 1000})
         where id = ${id}`.execute(deps.db)
    },
  })
}

function dutiesOf(deps: DutyDeps): Record<string, Duty> {
  let round = 0
  return {
    'compare-with-inventory': {
      everyMs: deps.compareEveryMs,
      async run(signal) {
        round += 1
        await repairAvailability(deps, { settle: () => delay(settleMs, undefined, { signal }), signal, round })
        return false
      },
    },
    'learn-went-live': {
      everyMs: 30_000,
      async run(signal) {
        await learnWentLive(deps, signal)
        return false
      },
    },
    'end-awaited-sales': { everyMs: 30_000, run: () => endAwaitedSales(deps) },
    'add-missing-sweeps': {
      everyMs: 60_000,
      async run() {
        await addMissingSweeps(deps.db)
        await addMissingWatches(deps.db)
        await addMissingFbaReads(deps.db)
        return false
      },
    },
    'restate-holds': { everyMs: 60_000, run: () => restateHolds(deps) },
    'announce-ends': {
      everyMs: 86_400_000,
      async run() {
        await announceEnds(deps, new Date())
        return false
      },
    },
    'announce-accounts': {
      everyMs: 3_600_000,
      async run() {
        await announceAccounts(deps)
        return false
      },
    },
    'name-feed-leaders': {
      everyMs: 15_000,
      async run() {
        await ensureLeaders(deps.db)
        return false
      },
    },
    'remove-old': {
      everyMs: 600_000,
      run: async () => (await prunePipeline(deps.db, pruneSlice)) >= pruneSlice,
    },
  }
}
