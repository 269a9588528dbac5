import { type ClaimLoop, startClaimLoop } from '@lockstep/postgres/claim-loop'
import type { Logger } from '@lockstep/telemetry/logger'
import { type Kysely, sql } from 'kysely'
import type { ChannelDb } from '../store/database.ts'
import { removeOldHints } from '../store/notification-hints.ts'
import { makeSubscriptionsDue } from '../store/notification-subscriptions.ts'

/** What the duties work with. */
export interface NotificationDutyDeps {
  db: Kysely<ChannelDb>
  log: Logger
  application: string
  queueArn: string
  /** Checks of subscriptions are due. */
  poke(): void
}

const seenKeptMs = 15 * 86_400_000
const slice = 5_000
const findEveryMs = 15_000
const removeEveryMs = 600_000

/** What comes again by the clock, once for all replicas: finding connections to subscribe, and removing what is too old. */
export async function startNotificationDuties(deps: NotificationDutyDeps): Promise<ClaimLoop> {
  const { db, application, queueArn } = deps
  const duties: Record<string, () => Promise<number>> = {
    'find-connections': async () => {
      if ((await makeSubscriptionsDue(db, { application, queueArn })) > 0) deps.poke()
      return findEveryMs
    },
    'remove-old': async () => ((await removeOldHints(db, { seenKeptMs, limit: slice })) < slice ? removeEveryMs : 0),
  }
  await sql`
    insert into notification_duty (id) select * from unnest(${Object.keys(duties)}::text[]) on conflict do nothing`.execute(
    db,
  )
  return startClaimLoop<{ id: string }>({
    db,
    log: deps.log,
    name: 'notification-duty',
    table: 'notification_duty',
    concurrency: 2,
    pollMs: 1_000,
    async run({ id }) {
      const pauseMs = (await duties[id]?.()) ?? removeEveryMs
      await sql`
        update notification_duty set next_at = clock_timestamp() + make_interval(secs => ${pauseMs / 1000})
         where id = ${id}`.execute(db)
    },
  })
}
