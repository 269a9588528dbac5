import type { ColumnType, Generated } from 'kysely'
import type { Region } from './account-tables.ts'

type Moment = ColumnType<Date, Date | string, Date | string>
type MaybeMoment = ColumnType<Date | null, Date | string | null, Date | string | null>

/** Notifications that were taken in, so that each counts once however often it is delivered. */
export interface NotificationSeenTable {
  notification_id: string
  at: Generated<Date>
}

/** What a hint is about. */
export type HintKind = 'order' | 'feed' | 'report' | 'quantity'

/** Something at Amazon that is worth a look now: one row per thing, however often it is heard of. */
export interface NotificationHintTable {
  id: Generated<string>
  connection_id: string
  kind: HintKind
  /** Amazon's id of it, or the SKU. */
  subject: string
  /** The newest time that it changed, by Amazon's clock. */
  event_at: Moment
  /** When it was heard of last. */
  heard_at: Generated<Date>
  /** Rises each time it is heard of: what was heard during a look needs another one. */
  heard: Generated<number>
  next_at: MaybeMoment
  done_at: MaybeMoment
  /** How the last look ended, in a word. */
  result: Generated<string>
  claimed_by: string | null
  claimed_until: MaybeMoment
  attempts: Generated<number>
}

/** How the subscriptions of a connection stand. */
export interface NotificationSubscriptionTable {
  connection_id: string
  /** The queue that it was checked for last. */
  queue_arn: Generated<string>
  /** The refresh token that it was checked with last. */
  token_version: Generated<number>
  state: Generated<'unknown' | 'subscribed' | 'partly' | 'failed'>
  /** What is missing and why; empty when nothing is. */
  detail: Generated<string>
  checked_at: MaybeMoment
  next_at: MaybeMoment
  claimed_by: string | null
  claimed_until: MaybeMoment
  attempts: Generated<number>
}

/** The application's destination for a queue, in each region. */
export interface NotificationDestinationTable {
  application: string
  region: Region
  queue_arn: string
  destination_id: string
}

/** What comes again by the clock; one row each. */
export interface NotificationDutyTable {
  id: string
  next_at: Generated<Date>
  claimed_by: string | null
  claimed_until: MaybeMoment
  attempts: Generated<number>
}

/** The tables of the notifications. */
export interface NotificationTables {
  notification_seen: NotificationSeenTable
  notification_hint: NotificationHintTable
  notification_subscription: NotificationSubscriptionTable
  notification_destination: NotificationDestinationTable
  notification_duty: NotificationDutyTable
}
