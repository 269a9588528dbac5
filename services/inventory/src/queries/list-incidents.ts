import { sql, type Kysely, type RawBuilder } from 'kysely'
import type { IncidentKind } from '../domain/incidents.ts'
import { isRefused, refused, shown, type Refused } from '../domain/refusal.ts'
import type { Cause } from '../domain/stock.ts'
import type { InventoryDb } from '../store/inventory-db.ts'
import { askable } from '../store/items.ts'
import { findItem } from './find-item.ts'
import { movementsWhere, type Movement } from './list-movements.ts'
import { isText, pageOf, withNextToken, type AskedPage } from './page.ts'
import { reservedUnits, type ReservedUnits } from './reserved-units.ts'

export interface Incident {
  id: string
  kind: IncidentKind
  itemId: string
  itemSku: string
  locationId: string
  locationName: string
  units: number
  worstUnits: number
  reference: string
  cause: Partial<Cause>
  openedAt: Date
  closedAt: Date | null
  closingCause: Partial<Cause> | null
}

export interface WantedIncidents {
  /** By id or SKU; of all items when empty. */
  item: string
  kind: IncidentKind | undefined
  includeClosed: boolean
  page: AskedPage
}

/** Incidents, newest first. */
export async function listIncidents(
  db: Kysely<InventoryDb>,
  { item: itemText, kind, includeClosed, page: asked }: WantedIncidents,
): Promise<{ incidents: Incident[]; nextPageToken: string } | Refused> {
  const page = pageOf(asked, isText)
  if (isRefused(page)) return page
  const item = itemText === '' ? undefined : await findItem(db, itemText)
  if (item && isRefused(item)) return item
  const incidents = await incidentsWhere(
    db,
    sql`(${item?.id ?? null}::text is null or incident.item_id = ${item?.id ?? null}::text)
        and (${kind ?? null}::text is null or incident.kind = ${kind ?? null}::text)
        and (${includeClosed} or incident.closed_at is null)
        and (${page.after ?? null}::text is null or incident.id < ${page.after ?? null}::text)`,
    page.size + 1,
  )
  const { entries, nextPageToken } = withNextToken(incidents, page.size, (incident) => incident.id)
  return { incidents: entries, nextPageToken }
}

/** One incident. */
export async function findIncident(db: Kysely<InventoryDb>, id: string): Promise<Incident | Refused> {
  const [found] = await incidentsWhere(db, sql`incident.id = any(${askable([id])}::text[])`, 1)
  if (found) return found
  const message = `there is no incident "${shown(id)}"`
  return refused({ reason: 'INCIDENT_UNKNOWN', message, field: 'incident_id', value: shown(id) })
}

const mostMovements = 100

/** One incident with the ledger entries that took units from its place while it was open, and what has units reserved there now, newest first. */
export async function explainIncident(
  db: Kysely<InventoryDb>,
  id: string,
): Promise<{ incident: Incident; movements: Movement[]; reserved: ReservedUnits[] } | Refused> {
  const incident = await findIncident(db, id)
  if (isRefused(incident)) return incident
  const movements = await movementsWhere(
    db,
    sql`movement.item_id = ${incident.itemId} and movement.location_id = ${incident.locationId}
        and on_hand_change - reserved_change - held_change < 0
        and exists (select from stock_incident as incident
                     where incident.id = ${incident.id}
                       and movement.version between incident.opened_version and coalesce(incident.closed_version, movement.version))`,
    mostMovements,
  )
  return { incident, movements, reserved: await reservedUnits(db, incident) }
}

async function incidentsWhere(
  db: Kysely<InventoryDb>,
  condition: RawBuilder<unknown>,
  limit: number,
): Promise<Incident[]> {
  const { rows } = await sql<Incident>`
    select incident.id, incident.kind, incident.item_id as "itemId", item.sku as "itemSku",
           incident.location_id as "locationId", location.name as "locationName", incident.units, incident.worst_units as "worstUnits",
           incident.reference, incident.cause, incident.opened_at as "openedAt", incident.closed_at as "closedAt",
           incident.closing_cause as "closingCause"
      from stock_incident as incident
      join item on item.id = incident.item_id
      join location on location.id = incident.location_id
     where ${condition}
     order by incident.id desc limit ${limit}`.execute(db)
  return rows
}
