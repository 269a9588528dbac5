import { sql, type Transaction } from 'kysely'
import { failpoint } from './failpoint.ts'

/**
 * True when this durable meets the message for the first time. Call it inside the transaction of the effect: the note and the effect commit
 * together, so the effect happens once however often the message comes. A second worker with the same message waits for the first one's outcome.
 */
export async function firstTime<DB>(tx: Transaction<DB>, durable: string, messageId: string): Promise<boolean> {
  const first = await firstTimes(tx, durable, [messageId])
  return first.has(messageId)
}

/** Those of the messages that this durable meets for the first time; like `firstTime` for a batch. An id given twice counts once. */
export async function firstTimes<DB>(
  tx: Transaction<DB>,
  durable: string,
  messageIds: readonly string[],
): Promise<Set<string>> {
  // Sorted, so that two workers with overlapping batches wait for each other instead of deadlocking.
  const ids = [...new Set(messageIds)].toSorted()
  if (ids.length === 0) return new Set()
  const { rows } = await sql<{ message_id: string }>`
    insert into inbox (durable, message_id)
    select ${durable}, id from unnest(${ids}::text[]) with ordinality as given (id, place) order by place
    on conflict do nothing
    returning message_id`.execute(tx)
  failpoint('inbox.after-note')
  return new Set(rows.map((row) => row.message_id))
}
