import { getDocument, openDocumentAgent, putDocument } from '@lockstep/sp-api/documents'

import { type FeedDeps, type FeedDocuments, type FeedTimings, usualFeedTimings } from './commands/feed-work.ts'
import { startBulkPatchDue } from './due/bulk-patch-due.ts'
import { startFeedDue } from './due/feed-due.ts'
import { startFeedPlanningDue } from './due/feed-planning-due.ts'
import { ensureLeaders } from './store/feed-leaders.ts'

/** Bulk jobs and feeds of one process. Disposal takes nothing new on and lets what has left come back. */
export interface Feeds extends AsyncDisposable {
  /** Looks for due work now: call it after a commit that made something due. */
  poke(): void
}

/** Starts planning, feeds and single patches. */
export async function startFeeds(
  deps: Omit<FeedDeps, 'documents' | 'timings' | 'poke'> & { timings?: FeedTimings; poke(): void },
): Promise<Feeds> {
  await using stack = new AsyncDisposableStack()
  const agent = stack.adopt(openDocumentAgent(), (open) => open.close())
  const timings = deps.timings ?? usualFeedTimings
  await ensureLeaders(deps.db)
  const loops: { poke(): void }[] = []
  const poke = (): void => {
    for (const loop of loops) loop.poke()
    deps.poke()
  }
  const full = { ...deps, timings, documents: documentsOver(agent), planMs: timings.planMs, poke }
  loops.push(stack.use(startFeedDue(full)), stack.use(startBulkPatchDue(full)), stack.use(startFeedPlanningDue(full)))
  const running = stack.move()
  return { poke: () => loops.forEach((loop) => loop.poke()), [Symbol.asyncDispose]: () => running.disposeAsync() }
}

const uploadTimeoutMs = 120_000
/** A processing report of 25,000 messages with an issue each stays far below. */
const mostReportBytes = 256 * 1024 * 1024

function documentsOver(agent: ReturnType<typeof openDocumentAgent>): FeedDocuments {
  return {
    put: (upload) => putDocument(agent, { ...upload, timeoutMs: uploadTimeoutMs }),
    get: (download) => getDocument(agent, { ...download, timeoutMs: uploadTimeoutMs, maxBytes: mostReportBytes }),
  }
}
