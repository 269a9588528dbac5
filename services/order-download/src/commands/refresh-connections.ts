import type { Kysely } from 'kysely'
import { saveConnections, type KnownConnection } from '../store/accounts.ts'
import { askAllPlacesAgain } from '../store/resolutions.ts'
import type { OrderDownloadDb } from '../store/tables.ts'

export interface RefreshDeps {
  db: Kysely<OrderDownloadDb>
  listConnections(signal?: AbortSignal): Promise<KnownConnection[]>
  /** Wakes the poll loop: a connection became due. */
  pokePolls(): void
}

/** Learns connections and accounts from the connector; one that is new or enabled again is polled at once. */
export async function refreshConnections(deps: RefreshDeps, signal?: AbortSignal): Promise<void> {
  const connections = await deps.listConnections(signal)
  const due = await saveConnections(deps.db, connections)
  if (due > 0) deps.pokePolls()
}

/** An account changed: its orders may have a location or links now that they lacked. */
export async function followAccountChange(
  deps: { db: Kysely<OrderDownloadDb>; pokeRefresh(): void; pokeResolutions(): void },
  connectionId: string,
): Promise<void> {
  await deps.db.transaction().execute((tx) => askAllPlacesAgain(tx, connectionId))
  deps.pokeRefresh()
  deps.pokeResolutions()
}
