import { type Kysely, sql } from 'kysely'
import type { Region } from './account-tables.ts'
import type { ChannelDb } from './database.ts'

/** A check of a connection's subscriptions as it was claimed. */
export interface ClaimedSubscription {
  connection_id: string
  claimed_by: string
}

/** How a check ended. */
export interface SubscriptionEnd {
  state: 'subscribed' | 'partly' | 'failed'
  detail: string
  queueArn: string
  tokenVersion: number
  nextInMs: number
}

/** Makes the check of each connection due that was never checked, has a new refresh token, or was checked for another queue. */
export async function makeSubscriptionsDue(
  db: Kysely<ChannelDb>,
  { application, queueArn }: { application: string; queueArn: string },
): Promise<number> {
  const { numAffectedRows } = await sql`
    insert into notification_subscription as s (connection_id, next_at)
    select id, clock_timestamp() from connection
     where application = ${application} and refresh_token_sealed is not null order by id
    on conflict (connection_id) do update set next_at = clock_timestamp()
     where s.queue_arn <> ${queueArn}
        or s.token_version <> (select token_version from connection c where c.id = s.connection_id)`.execute(db)
  return Number(numAffectedRows ?? 0n)
}

/** Keeps how a check ended and when the next one is due. */
export async function endSubscriptionCheck(
  db: Kysely<ChannelDb>,
  claimed: ClaimedSubscription,
  end: SubscriptionEnd,
): Promise<void> {
  await sql`
    update notification_subscription
       set state = ${end.state}, detail = ${end.detail}, queue_arn = ${end.queueArn}, token_version = ${end.tokenVersion},
           checked_at = clock_timestamp(), next_at = clock_timestamp() + make_interval(secs => ${end.nextInMs / 1000})
     where connection_id = ${claimed.connection_id} and claimed_by = ${claimed.claimed_by}`.execute(db)
}

/** Whose destination, and for which queue. */
export interface DestinationKey {
  application: string
  region: Region
  queueArn: string
}

/** The destination that is known for a queue, or undefined. */
export async function findDestination(db: Kysely<ChannelDb>, key: DestinationKey): Promise<string | undefined> {
  const row = await db
    .selectFrom('notification_destination')
    .select('destination_id')
    .where('application', '=', key.application)
    .where('region', '=', key.region)
    .where('queue_arn', '=', key.queueArn)
    .executeTakeFirst()
  return row?.destination_id
}

/** Keeps the destination of a queue. */
export async function saveDestination(
  db: Kysely<ChannelDb>,
  { application, region, queueArn }: DestinationKey,
  destinationId: string,
): Promise<void> {
  await db
    .insertInto('notification_destination')
    .values({ application, region, queue_arn: queueArn, destination_id: destinationId })
    .onConflict((conflict) =>
      conflict.columns(['application', 'region', 'queue_arn']).doUpdateSet({ destination_id: destinationId }),
    )
    .execute()
}

/** Forgets the destination of a queue: Amazon does not know it any more. */
export async function forgetDestination(db: Kysely<ChannelDb>, key: DestinationKey): Promise<void> {
  await db
    .deleteFrom('notification_destination')
    .where('application', '=', key.application)
    .where('region', '=', key.region)
    .where('queue_arn', '=', key.queueArn)
    .execute()
}
