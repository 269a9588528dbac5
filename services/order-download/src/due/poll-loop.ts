import { startClaimLoop, type ClaimLoop } from '@lockstep/postgres/claim-loop'
import { pollConnection, type PollDeps } from '../commands/poll-connection.ts'
import type { ConnectionPollRow } from '../store/polls.ts'

/** Connections that one process polls at the same time. */
const POLLS_AT_ONCE = 4

/** Polls every connection when it is due, each by one worker at a time across all processes; a dead worker's poll is taken over when its lease ends. */
export function startPollLoop(deps: PollDeps): ClaimLoop {
  return startClaimLoop<ConnectionPollRow>({
    db: deps.db,
    log: deps.log,
    name: 'poll',
    table: 'connection_poll',
    idColumn: 'connection_id',
    dueColumn: 'next_poll_at',
    concurrency: POLLS_AT_ONCE,
    pollMs: 1_000,
    run: (row, signal) => pollConnection(deps, row, signal),
  })
}
