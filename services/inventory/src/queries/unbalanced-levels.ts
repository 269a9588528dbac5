import { sql, type Kysely } from 'kysely'
import type { InventoryDb } from '../store/inventory-db.ts'

/** A level that its own history does not explain. */
export interface UnbalancedLevel {
  itemId: string
  sku: string
  locationId: string
  onHand: number
  /** What the ledger's entries add up to. */
  ledgerOnHand: number
  reserved: number
  ledgerReserved: number
  /** What order lines and open reservations claim together. */
  claimed: number
  held: number
  ledgerHeld: number
  /** What the holds say they keep back there. */
  heldByHolds: number
}

/** More levels of one bucket than this are not told at once. */
export const mostUnbalanced = 100

/** The levels of one digest bucket that differ from the sum of their ledger or of their claims, all of one moment; at most 100. Kits have no ledger: they are computed. */
export async function unbalancedLevels(db: Kysely<InventoryDb>, bucket: number): Promise<UnbalancedLevel[]> {
  const { rows } = await sql<UnbalancedLevel>`
    with ledger as (
      select movement.item_id, movement.location_id, sum(on_hand_change)::bigint as on_hand, sum(reserved_change)::bigint as reserved,
             sum(held_change)::bigint as held
        from item join stock_movement as movement on movement.item_id = item.id
       where item.digest_bucket = ${bucket}::smallint
       group by movement.item_id, movement.location_id
    ), claim as (
      select line.item_id, line.location_id, sum(line.reserved)::bigint as reserved
        from (select item_id, location_id, reserved from line_books where reserved > 0
               union all
              select item_id, location_id, quantity from reservation_line
               where reservation_id in (select id from reservation where released_at is null)) as line
        join item on item.id = line.item_id and item.digest_bucket = ${bucket}::smallint
       group by line.item_id, line.location_id
    ), hold as (
      select hold.item_id, hold.location_id, sum(hold.units)::bigint as held
        from channel_hold as hold join item on item.id = hold.item_id and item.digest_bucket = ${bucket}::smallint
       where hold.units > 0
       group by hold.item_id, hold.location_id
    ), explained as (
      select level.item_id as "itemId", item.sku, level.location_id as "locationId", level.on_hand as "onHand", level.reserved,
             coalesce(ledger.on_hand, 0) as "ledgerOnHand", coalesce(ledger.reserved, 0) as "ledgerReserved", coalesce(claim.reserved, 0) as claimed,
             level.held, coalesce(ledger.held, 0) as "ledgerHeld", coalesce(hold.held, 0) as "heldByHolds"
        from item join stock_level as level on level.item_id = item.id
        left join ledger on ledger.item_id = level.item_id and ledger.location_id = level.location_id
        left join claim on claim.item_id = level.item_id and claim.location_id = level.location_id
        left join hold on hold.item_id = level.item_id and hold.location_id = level.location_id
       where item.digest_bucket = ${bucket}::smallint and not item.kit
    )
    select * from explained
     where ("onHand", reserved, reserved, held, held) is distinct from ("ledgerOnHand", "ledgerReserved", claimed, "ledgerHeld", "heldByHolds")
     order by sku, "locationId" limit ${mostUnbalanced}`.execute(db)
  return rows
}
