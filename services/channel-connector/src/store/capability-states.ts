import { type Kysely, sql, type Transaction } from 'kysely'
import type { CapabilityStateTable } from './diagnosis-tables.ts'
import type { ChannelDb } from './database.ts'

/** What a call showed of a right. */
export interface CapabilitySign {
  connectionId: string
  capability: string
  operation: string
  requestType: string
  state: 'working' | 'refused'
  at: Date
}

/** While nothing changes a row is written this seldom, so that a busy seller costs no more than a quiet one. */
const quietSeconds = 60

/** Notes what calls showed; the newest sign of each kind of call counts, and `since` moves only when the state does. */
export async function saveCapabilitySigns(db: Kysely<ChannelDb>, signs: readonly CapabilitySign[]): Promise<void> {
  const newest = new Map(signs.map((sign) => [keyOf(sign), sign]))
  if (newest.size === 0) return
  const rows = JSON.stringify([...newest.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, sign]) => sign))
  await sql`
    insert into capability_state as s (connection_id, capability, operation, request_type, state, since, noted_at, worked_at)
    select n."connectionId", n.capability, n.operation, n."requestType", n.state, n.at, n.at, case when n.state = 'working' then n.at end
      from jsonb_to_recordset(${rows}::jsonb) as n ("connectionId" text, capability text, operation text, "requestType" text, state text, at timestamptz)
      join connection c on c.id = n."connectionId"
      left join capability_state k
        on (k.connection_id, k.capability, k.operation, k.request_type) = (n."connectionId", n.capability, n.operation, n."requestType")
     where k.state is distinct from n.state or k.noted_at < n.at - make_interval(secs => ${quietSeconds})
    on conflict (connection_id, capability, operation, request_type) do update
       set since = case when s.state = excluded.state then s.since else excluded.since end,
           state = excluded.state,
           noted_at = greatest(s.noted_at, excluded.noted_at),
           worked_at = coalesce(excluded.worked_at, s.worked_at)`.execute(db)
}

function keyOf({ connectionId, capability, operation, requestType }: CapabilitySign): string {
  return [connectionId, capability, operation, requestType].join(' ')
}

/** A kind of call and how it stands. */
export interface CapabilityState {
  capability: string
  operation: string
  requestType: string
  state: CapabilityStateTable['state']
  since: Date
  workedAt: Date | null
}

/** How every kind of call of a connection stands, at most 1,000. */
export async function listCapabilityStates(db: Kysely<ChannelDb>, connectionId: string): Promise<CapabilityState[]> {
  return db
    .selectFrom('capability_state')
    .select(['capability', 'operation', 'request_type as requestType', 'state', 'since', 'worked_at as workedAt'])
    .where('connection_id', '=', connectionId)
    .orderBy('capability')
    .orderBy('operation')
    .orderBy('request_type')
    .limit(1000)
    .execute()
}

/** After a new authorisation nothing is known until it is tried: a role may have been added or taken away with it. */
export async function forgetCapabilities(tx: Transaction<ChannelDb>, connectionId: string): Promise<void> {
  await tx
    .updateTable('capability_state')
    .set({ state: 'unknown', since: sql<Date>`clock_timestamp()`, noted_at: sql<Date>`clock_timestamp()` })
    .where('connection_id', '=', connectionId)
    .execute()
}
