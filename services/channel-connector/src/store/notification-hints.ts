import { type Kysely, sql, type Transaction } from 'kysely'
import type { ChannelDb } from './database.ts'
import type { HintKind } from './notification-tables.ts'

/** One notification in plain values. */
export interface HeardHint {
  notificationId: string
  sellerId: string
  kind: HintKind
  subject: string
  eventAt: Date
}

/** A hint as it was claimed. */
export interface ClaimedHint {
  id: string
  connection_id: string
  kind: HintKind
  subject: string
  event_at: Date
  heard_at: Date
  heard: number
  claimed_by: string
}

/** One thing is not looked at more often than this, however often it is heard of. */
const spacingSeconds = 3

/**
 * Takes notifications in, each once: what was taken in before changes nothing. Several about one thing are one look. Notifications of sellers who have
 * no connection here are remembered and lead to nothing. Answers the notification ids that were new.
 */
export async function saveHints(
  tx: Transaction<ChannelDb>,
  application: string,
  hints: readonly HeardHint[],
): Promise<string[]> {
  const inOrder = hints.toSorted((a, b) => (a.notificationId < b.notificationId ? -1 : 1))
  const { rows } = await sql<{ id: string }>`
    insert into notification_seen (notification_id)
    select distinct id from unnest(${inOrder.map((hint) => hint.notificationId)}::text[]) as heard (id) order by id
    on conflict do nothing returning notification_id as id`.execute(tx)
  const fresh = new Set(rows.map(({ id }) => id))
  const news = hints.filter(({ notificationId }) => fresh.has(notificationId))
  if (news.length > 0) await upsertHints(tx, application, news)
  return [...fresh]
}

async function upsertHints(
  tx: Transaction<ChannelDb>,
  application: string,
  hints: readonly HeardHint[],
): Promise<void> {
  await sql`
    insert into notification_hint as hint (connection_id, kind, subject, event_at, next_at)
    select c.id, heard.kind, heard.subject, max(heard.event_at), clock_timestamp()
      from unnest(${hints.map(({ sellerId }) => sellerId)}::text[], ${hints.map(({ kind }) => kind)}::text[],
                  ${hints.map(({ subject }) => subject)}::text[], ${hints.map(({ eventAt }) => eventAt)}::timestamptz[])
           as heard (seller_id, kind, subject, event_at)
      join connection c on c.seller_id = heard.seller_id and c.application = ${application}
     group by c.id, heard.kind, heard.subject
     order by c.id, heard.kind, heard.subject
    on conflict (connection_id, kind, subject) do update
       set event_at = greatest(hint.event_at, excluded.event_at), heard_at = clock_timestamp(), heard = hint.heard + 1,
           next_at = least(hint.next_at, greatest(clock_timestamp(), hint.done_at + make_interval(secs => ${spacingSeconds})))`.execute(
    tx,
  )
}

/** Ends a look. What was heard again meanwhile is due for another one. */
export async function endHint(db: Kysely<ChannelDb>, hint: ClaimedHint, result: string): Promise<void> {
  await sql`
    update notification_hint
       set done_at = clock_timestamp(), result = ${result},
           next_at = case when heard > ${hint.heard} then clock_timestamp() + make_interval(secs => ${spacingSeconds}) end
     where id = ${hint.id} and claimed_by = ${hint.claimed_by}`.execute(db)
}

/** Puts a look off. */
export async function putHintOff(
  db: Kysely<ChannelDb>,
  hint: ClaimedHint,
  later: { result: string; afterMs: number },
): Promise<void> {
  await sql`
    update notification_hint
       set result = ${later.result}, next_at = clock_timestamp() + make_interval(secs => ${later.afterMs / 1000})
     where id = ${hint.id} and claimed_by = ${hint.claimed_by}`.execute(db)
}

/** Removes what is too old to matter: notifications after `seenKeptMs`, hints a day after their look. Answers how many rows went, `limit` of each at most. */
export async function removeOldHints(
  db: Kysely<ChannelDb>,
  { seenKeptMs, limit }: { seenKeptMs: number; limit: number },
): Promise<number> {
  const seen = await sql`
    delete from notification_seen where notification_id in (
      select notification_id from notification_seen
       where at < clock_timestamp() - make_interval(secs => ${seenKeptMs / 1000}) order by at limit ${limit})`.execute(
    db,
  )
  const hints = await sql`
    delete from notification_hint where id in (
      select id from notification_hint
       where next_at is null and done_at < clock_timestamp() - interval '1 day' order by done_at limit ${limit})`.execute(
    db,
  )
  return Math.max(Number(seen.numAffectedRows ?? 0n), Number(hints.numAffectedRows ?? 0n))
}
