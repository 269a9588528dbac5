import { readNotification } from '@lockstep/sp-api/notification-messages'
import type { Logger } from '@lockstep/telemetry/logger'
import type { Kysely } from 'kysely'
import { countNotifications } from '../notification-metrics.ts'
import type { ChannelDb } from '../store/database.ts'
import type { HintKind } from '../store/notification-tables.ts'
import { type HeardHint, saveHints } from '../store/notification-hints.ts'

/** What taking notifications in works with. */
export interface TakeInNotificationsDeps {
  db: Kysely<ChannelDb>
  log: Logger
  application: string
}

/**
 * Stores what a batch of messages hints at, each notification once, in one transaction; afterwards the messages may be removed from the queue. A message that
 * makes no sense is counted and forgotten: it would make none the next time either. Nothing of a message is logged but the names of its fields.
 */
export async function takeInNotifications(deps: TakeInNotificationsDeps, bodies: readonly string[]): Promise<number> {
  const hints = bodies.flatMap((body) => hintIn(deps, body))
  if (hints.length === 0) return 0
  const fresh = await deps.db.transaction().execute((tx) => saveHints(tx, deps.application, hints))
  countNotifications('taken', fresh.length)
  countNotifications('repeated', hints.length - fresh.length)
  return fresh.length
}

/** No SKU and no id of Amazon's is longer. */
const longestSubject = 100

function hintIn({ log }: TakeInNotificationsDeps, body: string): HeardHint[] {
  const read = readNotification(Buffer.from(body))
  if (read.kind === 'other') {
    countNotifications('other', 1)
    return []
  }
  if (read.kind === 'unreadable') return drop(log, read.problem)
  const { notificationId, sellerId, eventAt, subject } = read.notification
  const hint = { notificationId, sellerId, eventAt, kind: subject.kind, subject: subjectOf(subject) }
  // Postgres stores neither the zero byte nor half of a character.
  const isStorable = [hint.notificationId, hint.sellerId, hint.subject].every(
    (text) => text.isWellFormed() && !text.includes('\u0000') && text.length <= longestSubject,
  )
  return isStorable ? [hint] : drop(log, 'an id that is none')
}

function drop(log: Logger, problem: string): [] {
  countNotifications('unreadable', 1)
  log.warn({ reason: problem }, 'a notification could not be read and is dropped')
  return []
}

type Subject =
  | { kind: 'order'; orderId: string }
  | { kind: 'feed'; feedId: string }
  | { kind: 'report'; reportId: string }
  | { kind: 'quantity'; sku: string }

function subjectOf(subject: Subject & { kind: HintKind }): string {
  switch (subject.kind) {
    case 'order':
      return subject.orderId
    case 'feed':
      return subject.feedId
    case 'report':
      return subject.reportId
    case 'quantity':
      return subject.sku
    default:
      return subject satisfies never
  }
}
