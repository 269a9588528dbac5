import { sql, type RawBuilder } from 'kysely'
import type { CauseDetail, MoveKind } from '../domain/stock.ts'

/**
 * The second half of every statement that changes levels, to follow a `moved` that holds the changed levels with
 * `on_hand, reserved, held, on_hand_change, reserved_change, held_change, holds, event_id, subject, cause, at`: one ledger entry per level, one event per item.
 */
export function ledgerAndOutbox(traceparent: string | null): RawBuilder<unknown> {
  return sql`
  entered as (
    insert into stock_movement (item_id, location_id, on_hand_change, reserved_change, held_change, on_hand_after, reserved_after, held_after, version, cause, at)
    select item_id, location_id, on_hand_change, reserved_change, held_change, on_hand, reserved, held, version, cause, at
      from moved where on_hand_change <> 0 or reserved_change <> 0 or held_change <> 0
  ), announced as (
    insert into outbox (id, subject, payload, traceparent)
    select event_id, subject, availability_changed(item_id, changes, cause, at), ${traceparent}
      from (select event_id, subject, item_id, (array_agg(cause order by location_id))[1] as cause, max(at) as at,
                   jsonb_agg(availability_change(location_id, available, version, holds) order by location_id) as changes
              from moved group by event_id, subject, item_id) as items
  )`
}

/** A cause without its kind, which each move adds. Canonical JSON leaves out what is empty. */
export function causeJson(cause: CauseDetail & { kind?: MoveKind }): string {
  return JSON.stringify(Object.fromEntries(Object.entries(cause).filter(([, text]) => text !== '')))
}
