import { UnprocessableMessageError, type Consumer } from '@lockstep/bus/consumer'
import type { Clock } from '@lockstep/contracts/clock'
import { DespatchEvent } from '@lockstep/contracts/generated/lockstep/despatch/v1/despatch_events.ts'
import type { Ids } from '@lockstep/contracts/ids'
import { subjects } from '@lockstep/contracts/subjects'
import type { Kysely } from 'kysely'
import { auditDurable, recordDespatch, type HeardDespatch } from '../commands/record-despatch.ts'
import type { OrderDownloadDb } from '../store/tables.ts'

/** Adds each despatch event's entry to the order's audit trail, once, and counts the units that left. */
export function onDespatch(deps: { db: Kysely<OrderDownloadDb>; ids: Ids; clock: Clock }): Consumer<DespatchEvent> {
  return {
    durable: auditDurable,
    filter: subjects.despatch.all,
    decode: (data) => DespatchEvent.decode(data),
    async handle(event, { messageId }) {
      const heard = heardFrom(event, messageId, deps.clock)
      const recorded = await recordDespatch(deps, heard)
      if (recorded === 'order_unknown') {
        throw new UnprocessableMessageError(`the despatch ${heard.despatchId} is of the unknown order ${heard.orderId}`)
      }
    },
  }
}

function heardFrom(event: DespatchEvent, messageId: string, clock: Clock): HeardDespatch {
  const { despatch, audit } = event
  if (!despatch) throw new UnprocessableMessageError('the event carries no despatch')
  return {
    messageId,
    despatchId: despatch.id,
    orderId: despatch.orderId,
    lines: despatch.lines.map(({ orderLineId, quantity }) => ({ orderLineId, quantity: Number(quantity) })),
    audit: audit && {
      at: audit.at ?? event.at ?? clock.now(),
      text: audit.text,
      note: audit.note,
      actor: audit.actor,
      cause: audit.cause,
      oldValue: audit.oldValue,
      newValue: audit.newValue,
    },
  }
}
