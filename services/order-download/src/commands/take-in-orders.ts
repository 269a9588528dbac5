import type { Logger } from 'pino'
import type { ResolvedPlace } from '../domain/take-in.ts'
import { countFailedResolution, countFinding, countQuarantined, countRecovered, countTakenIn } from '../metrics.ts'
import { ingestPage, type Ingested, type IngestDeps, type PageToIngest, type Reading } from './ingest-page.ts'

/** A SKU of a marketplace, as an order line names it. */
export interface SkuReference {
  marketplaceId: string
  channelSku: string
}

/** What taking orders in works with. */
export interface TakeInDeps extends IngestDeps {
  log: Logger
  /** Asks the connector where SKUs belong. Throws when it cannot be asked. */
  resolvePlaces(
    connectionId: string,
    references: SkuReference[],
  ): Promise<(marketplaceId: string, channelSku: string) => ResolvedPlace | undefined>
}

/** Finds the places of orders that were read, takes them in and says what became of them. Safe to repeat. */
export async function takeInOrders(deps: TakeInDeps, page: Omit<PageToIngest, 'placeOf'>): Promise<Ingested> {
  const placeOf = await placesOfPage(deps, page.connectionId, page.readings)
  const ingested = await ingestPage(deps, { ...page, placeOf })
  tell(deps, page.connectionId, ingested)
  return ingested
}

/** A connector that cannot be asked never holds orders back: their lines are stored without a place and asked for later. */
async function placesOfPage(deps: TakeInDeps, connectionId: string, readings: Reading[]) {
  const references = readings.flatMap((reading) =>
    reading.kind === 'order'
      ? reading.order.lines.map(({ channelSku }) => ({ marketplaceId: reading.order.marketplaceId, channelSku }))
      : [],
  )
  if (references.length === 0) return undefined
  try {
    return await deps.resolvePlaces(connectionId, references)
  } catch (error) {
    countFailedResolution()
    deps.log.warn({ err: error, connection_id: connectionId }, 'order lines are stored without their place')
    return undefined
  }
}

function tell(deps: TakeInDeps, connectionId: string, ingested: Ingested): void {
  countTakenIn('received', ingested.received)
  countTakenIn('changed', ingested.changed)
  countTakenIn('unchanged', ingested.unchanged)
  countTakenIn('left_out', ingested.leftOut)
  countRecovered(ingested.recovered)
  countQuarantined(ingested.quarantined)
  if (ingested.quarantined > 0) {
    deps.log.error(
      { connection_id: connectionId, count: ingested.quarantined },
      'orders could not be read and are in quarantine',
    )
  }
  for (const order of ingested.withFinding) {
    if (order.finding) countFinding(order.finding)
    const facts = {
      order_id: order.id,
      channel_order_id: order.channelOrderId,
      reason: order.finding,
      channel_status: order.channelStatus,
    }
    deps.log.error(facts, 'an order needs a look')
  }
}
