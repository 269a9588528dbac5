import type { Clock } from '@lockstep/contracts/clock'
import type { Ids } from '@lockstep/contracts/ids'
import { firstTime } from '@lockstep/postgres/inbox'
import { enqueue } from '@lockstep/postgres/outbox'
import type { Kysely, Transaction } from 'kysely'
import { notesOfChange } from '../domain/audit-notes.ts'
import { stateOf } from '../domain/order-state.ts'
import type { Order } from '../domain/order.ts'
import { orderAnnouncement, verbOf } from '../events/announce.ts'
import { appendAudit, type AuditEntry } from '../store/audit.ts'
import { addDespatchedUnits } from '../store/despatches.ts'
import { lockOrders, saveOrder } from '../store/orders.ts'
import type { OrderDownloadDb } from '../store/tables.ts'

/** What a despatch event tells about an order. */
export interface HeardDespatch {
  messageId: string
  despatchId: string
  orderId: string
  lines: { orderLineId: string; quantity: number }[]
  /** For the audit trail; absent when there is nothing to add. */
  audit: Omit<AuditEntry, 'orderId'> | undefined
}

interface RecordDeps {
  db: Kysely<OrderDownloadDb>
  ids: Ids
  clock: Clock
}

export type DespatchRecorded = 'recorded' | 'known' | 'order_unknown'

/** The durable's name also keys the inbox: each message adds its audit entry once, however often it comes. */
export const auditDurable = 'order-download-audit-on-despatch'

/** Adds the audit entry of a despatch event once, and counts the despatch's units once per despatch, whatever message comes first. */
export async function recordDespatch(deps: RecordDeps, heard: HeardDespatch): Promise<DespatchRecorded> {
  return deps.db.transaction().execute(async (tx) => {
    const [before] = await lockOrders(tx, [heard.orderId])
    if (!before) return 'order_unknown'
    if (!(await firstTime(tx, auditDurable, heard.messageId))) return 'known'
    if (heard.audit) await appendAudit(tx, [{ orderId: before.id, ...heard.audit }])
    const ours = heard.lines.filter(({ orderLineId }) => before.lines.some(({ id }) => id === orderLineId))
    await addDespatchedUnits(tx, heard.despatchId, ours)
    await endOrderWhenNothingIsOpen(deps, tx, { before, cause: heard.despatchId })
    return 'recorded'
  })
}

async function endOrderWhenNothingIsOpen(
  deps: RecordDeps,
  tx: Transaction<OrderDownloadDb>,
  { before, cause }: { before: Order; cause: string },
): Promise<void> {
  const [now] = await lockOrders(tx, [before.id])
  if (!now) return
  const state = stateOf(now)
  if (state === before.state) return
  const after = { ...now, state, revision: now.revision + 1 }
  const at = deps.clock.now()
  await saveOrder(tx, after)
  const notes = notesOfChange(before, after)
  await appendAudit(
    tx,
    notes.map((note) => ({ orderId: after.id, at, actor: 'order-download', cause, ...note })),
  )
  await enqueue(tx, orderAnnouncement(deps.ids, after, { verb: verbOf(before, after), at }))
}
