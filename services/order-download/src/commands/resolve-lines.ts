import type { Clock } from '@lockstep/contracts/clock'
import type { Ids } from '@lockstep/contracts/ids'
import { ClaimLostError, stillClaimed } from '@lockstep/postgres/claim-loop'
import type { Kysely } from 'kysely'
import { accountsByMarketplace } from '../store/accounts.ts'
import { lockOrders } from '../store/orders.ts'
import { clearAsked, listLinesToPlace, saveResolutionEnd } from '../store/resolutions.ts'
import type { OrderDownloadDb } from '../store/tables.ts'
import { placeOrderLines } from './place-order-lines.ts'
import type { PollDeps } from './poll-connection.ts'

export interface ResolveDeps extends Pick<PollDeps, 'resolvePlaces'> {
  db: Kysely<OrderDownloadDb>
  ids: Ids
  clock: Clock
}

/** Lines asked for in one call. */
const LINES_AT_ONCE = 200

/**
 * Asks the connector again where lines belong that were stored without their place, some of a connection's at a time.
 * Throws when the connector cannot be asked; the loop then puts it off.
 */
export async function resolveLines(
  deps: ResolveDeps,
  row: { connection_id: string; claimed_by: string | null },
  signal: AbortSignal,
): Promise<void> {
  const connectionId = row.connection_id
  const lines = await listLinesToPlace(deps.db, { connectionId, limit: LINES_AT_ONCE })
  const placeOf = lines.length > 0 ? await deps.resolvePlaces(connectionId, lines) : () => undefined
  signal.throwIfAborted()
  const accounts = await accountsByMarketplace(deps.db, connectionId)
  await deps.db.transaction().execute(async (tx) => {
    const claim = { table: 'resolution_due', idColumn: 'connection_id', id: connectionId, token: row.claimed_by ?? '' }
    if (!(await stillClaimed(tx, claim))) throw new ClaimLostError(`the lines of ${connectionId} were taken over`)
    const orders = await lockOrders(tx, [...new Set(lines.map(({ orderId }) => orderId))])
    const at = deps.clock.now()
    await placeOrderLines(deps, tx, {
      orders,
      because: {
        at,
        cause: 'asked again',
        placementOf: (order) => ({
          account: accounts.get(order.marketplaceId) ?? null,
          placeOf: (sku) => placeOf(order.marketplaceId, sku),
        }),
      },
    })
    await clearAsked(
      tx,
      lines.map(({ lineId }) => lineId),
    )
    await saveResolutionEnd(tx, connectionId)
  })
}
