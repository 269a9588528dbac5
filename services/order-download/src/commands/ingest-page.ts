import type { Ids } from '@lockstep/contracts/ids'
import { failpoint } from '@lockstep/postgres/failpoint'
import { enqueueAll } from '@lockstep/postgres/outbox'
import type { Kysely, Transaction } from 'kysely'
import type { AmazonOrder } from '../domain/amazon-order.ts'
import { notesOfChange, notesOfReceived } from '../domain/audit-notes.ts'
import type { Order } from '../domain/order.ts'
import { isPlaced } from '../domain/place-lines.ts'
import { takeIn, type Arrival, type ResolvedPlace, type TakenIn } from '../domain/take-in.ts'
import { orderAnnouncement, verbOf } from '../events/announce.ts'
import type { AccountRow } from '../store/accounts.ts'
import { appendAudit } from '../store/audit.ts'
import { lockIngestOf, lockOrdersOfSeller, saveOrder, touchOrders } from '../store/orders.ts'
import { addPollChanges } from '../store/polls.ts'
import { quarantineOrders, resolveQuarantine } from '../store/quarantine.ts'
import { askPlacesAgain } from '../store/resolutions.ts'
import type { OrderDownloadDb } from '../store/tables.ts'

/** One order of a page: read well, or kept as it came with what is wrong with it. */
export type Reading =
  | { kind: 'order'; order: AmazonOrder; payload: unknown }
  | {
      kind: 'unreadable'
      channelOrderId: string | null
      marketplaceId: string | null
      reason: string
      sourceKey: string
      payload: unknown
    }

export interface PageToIngest {
  connectionId: string
  sellerId: string
  readings: Reading[]
  /** When Amazon answered, by our clock. */
  readAt: Date
  accounts: Map<string, AccountRow>
  /** Where a SKU of a marketplace belongs; undefined when the connector could not be asked. */
  placeOf: ((marketplaceId: string, channelSku: string) => ResolvedPlace | undefined) | undefined
  /** The bound of the poll before: an order that is new and older than it was missed. Null when there was none. */
  coveredBefore: Date | null
}

export interface IngestDeps {
  db: Kysely<OrderDownloadDb>
  ids: Ids
}

/** What became of the orders of a page. */
export interface Ingested {
  received: number
  changed: number
  unchanged: number
  leftOut: number
  recovered: number
  quarantined: number
  withFinding: Order[]
}

interface Taken {
  reading: Extract<Reading, { kind: 'order' }>
  before: Order | undefined
  result: TakenIn
}

/**
 * Takes the orders of a page in: rows, audit entries and events in one transaction. Safe to repeat and to run twice at once: an order that is
 * stored with the same content is not written again. Never refuses an order for lack of stock or of a link.
 * An order that the database refuses is set aside, and the others of the page are taken in without it.
 */
export async function ingestPage(deps: IngestDeps, page: PageToIngest): Promise<Ingested> {
  try {
    return await ingestTogether(deps, page)
  } catch (error) {
    if (!isDataError(error) || page.readings.length === 0) throw error
    return page.readings.length === 1 ? ingestTogether(deps, setAside(page, error)) : ingestOneByOne(deps, page)
  }
}

async function ingestTogether(deps: IngestDeps, page: PageToIngest): Promise<Ingested> {
  const ingested = await deps.db.transaction().execute(async (tx) => {
    await lockIngestOf(tx, page.sellerId)
    const taken = await takeAll(deps, tx, page)
    await writeAll(deps, tx, { page, taken })
    const unreadable = page.readings.filter((reading) => reading.kind === 'unreadable')
    await keepUnreadable(deps, tx, { page, unreadable })
    failpoint('ingest:before-commit')
    return summary(taken, page, unreadable.length)
  })
  failpoint('ingest:after-commit')
  return ingested
}

async function ingestOneByOne(deps: IngestDeps, page: PageToIngest): Promise<Ingested> {
  const total: Ingested = {
    received: 0,
    changed: 0,
    unchanged: 0,
    leftOut: 0,
    recovered: 0,
    quarantined: 0,
    withFinding: [],
  }
  for (const reading of page.readings) {
    const { withFinding, ...counts } = await ingestPage(deps, { ...page, readings: [reading] })
    total.received += counts.received
    total.changed += counts.changed
    total.unchanged += counts.unchanged
    total.leftOut += counts.leftOut
    total.recovered += counts.recovered
    total.quarantined += counts.quarantined
    total.withFinding.push(...withFinding)
  }
  return total
}

/** Errors of what was to be stored (SQLSTATE classes 22 and 23 but for a unique key, which another writer may hold): a repeat would fail likewise. */
function isDataError(error: unknown): error is Error & { code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && /^2[23](?!505)/.test(error.code)
}

function setAside(page: PageToIngest, error: Error & { code: string }): PageToIngest {
  const [reading] = page.readings
  // Something else than an order is wrong: that is a fault, not poison.
  if (reading?.kind !== 'order') throw error
  const { channelOrderId, marketplaceId } = reading.order
  const reason = `the database refused it with ${error.code}`
  const aside = {
    kind: 'unreadable',
    channelOrderId,
    marketplaceId,
    reason,
    sourceKey: channelOrderId,
    payload: null,
  } as const
  return { ...page, readings: [aside] }
}

async function takeAll(deps: IngestDeps, tx: Transaction<OrderDownloadDb>, page: PageToIngest): Promise<Taken[]> {
  const readings = newestOfEach(page.readings)
  const stored = await lockOrdersOfSeller(
    tx,
    page.sellerId,
    readings.map(({ order }) => order.channelOrderId),
  )
  return readings.map((reading) => {
    const before = stored.get(reading.order.channelOrderId)
    return { reading, before, result: takeIn(before, reading.order, arrivalOf(deps, page, reading.order)) }
  })
}

/** A page may name an order twice when it changed while the page was made. */
function newestOfEach(readings: Reading[]): Extract<Reading, { kind: 'order' }>[] {
  const newest = new Map<string, Extract<Reading, { kind: 'order' }>>()
  for (const reading of readings) {
    if (reading.kind !== 'order') continue
    const known = newest.get(reading.order.channelOrderId)
    if (!known || known.order.updatedAt <= reading.order.updatedAt) newest.set(reading.order.channelOrderId, reading)
  }
  return [...newest.values()]
}

const unknownPlace: ResolvedPlace = { listingId: null, itemId: null, itemSku: null, orderLocationId: null }

function arrivalOf(deps: IngestDeps, page: PageToIngest, order: AmazonOrder): Arrival {
  const account = page.accounts.get(order.marketplaceId)
  return {
    sellerId: page.sellerId,
    connectionId: page.connectionId,
    account: account ? { id: account.id, marketplace: account.marketplace, goLiveAt: account.go_live_at } : null,
    now: page.readAt,
    newId: (prefix) => deps.ids.next(prefix),
    placeOf: (sku) => page.placeOf?.(order.marketplaceId, sku) ?? unknownPlace,
  }
}

async function writeAll(
  deps: IngestDeps,
  tx: Transaction<OrderDownloadDb>,
  { page, taken }: { page: PageToIngest; taken: Taken[] },
): Promise<void> {
  const written = taken.flatMap(({ reading, before, result }) =>
    result.kind === 'received' || result.kind === 'changed' ? [{ reading, before, order: result.order }] : [],
  )
  for (const { order, reading } of written) await saveOrder(tx, order, { at: page.readAt, payload: reading.payload })
  await touchOrders(tx, touchedOf(taken), page.readAt)
  const orders = written.map(({ order }) => order)
  await askPlacesAgain(tx, page.connectionId, orders.flatMap(linesToAskFor))
  await appendAudit(
    tx,
    written.flatMap(({ before, order }) => auditOf(before, order, page.readAt)),
  )
  await enqueueAll(
    tx,
    written.map(({ before, order }) =>
      orderAnnouncement(deps.ids, order, { verb: verbOf(before, order), at: page.readAt }),
    ),
  )
  await addPollChanges(
    tx,
    page.connectionId,
    orders.map(({ id, revision }) => ({ orderId: id, revision })),
  )
  await resolveQuarantine(tx, {
    sellerId: page.sellerId,
    channelOrderIds: taken
      .filter(({ result }) => result.kind !== 'left_out')
      .map(({ reading }) => reading.order.channelOrderId),
    at: page.readAt,
  })
}

function touchedOf(taken: Taken[]): { id: string; channelUpdatedAt: Date }[] {
  return taken.flatMap(({ before, reading, result }) =>
    before && result.kind === 'unchanged' ? [{ id: before.id, channelUpdatedAt: reading.order.updatedAt }] : [],
  )
}

/**
 * A link that is made while its order is being stored is heard before the order can be found, so every line without a place is asked for once more.
 */
function linesToAskFor(order: Order): string[] {
  return order.lines.filter((line) => !isPlaced(line, order)).map(({ id }) => id)
}

function auditOf(before: Order | undefined, order: Order, at: Date) {
  const notes = before ? notesOfChange(before, order) : notesOfReceived(order)
  return notes.map((note) => ({
    orderId: order.id,
    at,
    actor: 'order-download',
    cause: `revision ${order.revision}`,
    ...note,
  }))
}

async function keepUnreadable(
  deps: IngestDeps,
  tx: Transaction<OrderDownloadDb>,
  { page, unreadable }: { page: PageToIngest; unreadable: Extract<Reading, { kind: 'unreadable' }>[] },
): Promise<void> {
  await quarantineOrders(
    tx,
    unreadable.map(({ kind: _kind, ...entry }) => ({
      id: deps.ids.next('ord'),
      connectionId: page.connectionId,
      sellerId: page.sellerId,
      accountId: page.accounts.get(entry.marketplaceId ?? '')?.id ?? null,
      seenAt: page.readAt,
      ...entry,
    })),
  )
}

function summary(taken: Taken[], page: PageToIngest, quarantined: number): Ingested {
  const count = (kind: TakenIn['kind']): number => taken.filter(({ result }) => result.kind === kind).length
  const isMissed = ({ reading, result }: Taken): boolean =>
    result.kind === 'received' && page.coveredBefore !== null && reading.order.updatedAt < page.coveredBefore
  return {
    received: count('received'),
    changed: count('changed'),
    unchanged: count('unchanged'),
    leftOut: count('left_out'),
    recovered: taken.filter(isMissed).length,
    quarantined,
    withFinding: taken.flatMap(({ result }) =>
      'order' in result && result.order.finding !== null ? [result.order] : [],
    ),
  }
}
