import type { Ids } from '@lockstep/contracts/ids'
import { subjects } from '@lockstep/contracts/subjects'
import { DespatchEvent } from '@lockstep/contracts/generated/lockstep/despatch/v1/despatch_events.ts'
import { enqueue } from '@lockstep/postgres/outbox'
import type { Transaction } from 'kysely'

import type { Despatch } from '../domain/despatch.ts'
import type { DespatchDb } from '../store/database.ts'
import { despatchMessage } from './despatch-message.ts'

/** What happened to a despatch. */
export type DespatchVerb = 'processed' | 'submitted' | 'confirmed' | 'failed' | 'rejected'

/** A line for the order's audit trail, which order-download keeps. */
export interface AuditLine {
  readonly text: string
  readonly note: string
  readonly oldValue?: string
  readonly newValue?: string
}

/** The words of the audit trail, as sellers know them. */
export const auditWords = {
  processed: 'Parcel Despatched',
  notRequired: 'No Despatch required',
  submitted: 'Order Despatch Submitted',
  confirmed: 'Order Successfully Despatched',
  failed: 'Order Despatch Failed',
  rejected: 'Despatch Rejected',
  held: 'Order Despatch Held',
  released: 'Order Despatch Released',
} as const

/** Announces what happened to a despatch, with the transaction that made it so. */
export async function announce(
  tx: Transaction<DespatchDb>,
  ids: Ids,
  happened: { verb: DespatchVerb; despatch: Despatch; audit: AuditLine | undefined; at: Date },
): Promise<void> {
  const { verb, despatch, audit, at } = happened
  const event = DespatchEvent.fromPartial({
    despatch: despatchMessage(despatch),
    audit: audit && {
      at,
      text: audit.text,
      note: audit.note,
      actor: despatch.actor,
      cause: despatch.id,
      oldValue: audit.oldValue ?? '',
      newValue: audit.newValue ?? '',
    },
    at,
    actor: despatch.actor,
  })
  const subject = subjects.despatch[verb](despatch.accountId, despatch.id)
  await enqueue(tx, { id: ids.next('evt'), subject, payload: DespatchEvent.toJSON(event) })
}
