import type { FbaPool } from './fba/records.ts'
import { FeedMemory } from './feeds/feed-memory.ts'
import type { Feed, FeedDocument, FeedQueue, FeedResult } from './feeds/feed-records.ts'
import { IdSource } from './ids.ts'
import { Journal } from './journal.ts'
import type { Application, AuthorizationCode, Grant } from './login/records.ts'
import type { Region } from './marketplaces.ts'
import type { Destination, Subscription } from './notifications/records.ts'
import type { OutboundOrder } from './outbound/records.ts'
import type { Queue, QueueMessage } from './queue/records.ts'
import type { AccessToken, BucketRow, FaultRow, Listing, Order, Report, ReportDocument, Seller } from './records.ts'
import { defaultSettings, type ProfileName, type Settings } from './settings.ts'
import { ChangeLog, Table, type StoredTable } from './table.ts'

/** A number kept beside the tables: a sequence, the virtual clock. */
export interface KeptNumber {
  key: string
  value: number
}

/** One row to write or, without a row, to delete. */
export interface Change {
  table: string
  key: string
  row: unknown
}

const clockKey = 'clock'
const sequencePrefix = 'sequence:'

/** Everything the simulated Amazon knows. Plain data and no clock: every rule gets the time passed in. */
export class World {
  readonly changes = new ChangeLog()
  readonly sellers = this.table<Seller>('seller', sellerKeyOf)
  readonly listings = this.table<Listing>('listing', listingKeyOf, sellerKeyOf)
  readonly orders = this.table<Order>('order', (order) => order.orderId, sellerKeyOf)
  readonly reports = this.table<Report>('report', (report) => report.reportId, sellerKeyOf)
  readonly documents = this.table<ReportDocument>('document', (document) => document.documentId)
  readonly feeds = this.table<Feed>('feed', (feed) => feed.feedId, sellerKeyOf)
  readonly feedQueues = this.table<FeedQueue>('feed_queue', (queue) => queue.key)
  readonly feedDocuments = this.table<FeedDocument>('feed_document', (document) => document.documentId)
  readonly feedResults = this.table<FeedResult>('feed_result', (result) => result.documentId)
  readonly feedMemory = new FeedMemory()
  readonly accessTokens = this.table<AccessToken>('access_token', (token) => token.token)
  readonly application = this.table<Application>('application', () => 'application')
  readonly grants = this.table<Grant>('grant', (grant) => grant.refreshToken)
  readonly authorizationCodes = this.table<AuthorizationCode>('authorization_code', (code) => code.code)
  readonly fbaPools = this.table<FbaPool>('fba_pool', (row) => `${row.pool}|${listingKeyOf(row)}`, listingKeyOf)
  readonly outboundOrders = this.table<OutboundOrder>(
    'outbound_order',
    (order) => `${sellerKeyOf(order)}|${order.id}`,
    sellerKeyOf,
  )
  readonly destinations = this.table<Destination>('destination', (destination) => destination.destinationId)
  readonly subscriptions = this.table<Subscription>('subscription', ({ subscriptionId }) => subscriptionId, sellerKeyOf)
  readonly queues = this.table<Queue>('queue', (queue) => queue.id)
  readonly queueMessages = this.table<QueueMessage>(
    'queue_message',
    ({ rowId }) => rowId,
    ({ queue }) => queue,
  )
  readonly buckets = this.table<BucketRow>('bucket', (bucket) => bucket.id)
  readonly faults = this.table<FaultRow>('fault', (fault) => fault.id)
  readonly journal = new Journal()
  readonly ids: IdSource
  private readonly numbers = this.table<KeptNumber>('number', (number) => number.key)
  private readonly settingsRow = this.table<Settings>('settings', () => 'settings')
  private readonly startProfile: ProfileName

  constructor(options: { seed: string; profile?: ProfileName }) {
    this.startProfile = options.profile ?? 'amazon'
    this.ids = new IdSource(options.seed, (kind) => this.nextNumber(kind))
    this.settings = defaultSettings(this.startProfile)
  }

  get settings(): Settings {
    return this.settingsRow.find('settings') ?? defaultSettings(this.startProfile)
  }

  set settings(value: Settings) {
    this.settingsRow.save(value)
  }

  /** Where a virtual clock stood last. */
  get clockAt(): number | undefined {
    return this.numbers.find(clockKey)?.value
  }

  set clockAt(value: number) {
    this.numbers.save({ key: clockKey, value })
  }

  /** All tables, for the store. */
  tables(): StoredTable[] {
    const tables: StoredTable[] = [this.sellers, this.listings, this.orders, this.reports, this.documents]
    tables.push(this.feeds, this.feedQueues, this.feedDocuments, this.feedResults)
    tables.push(this.fbaPools, this.outboundOrders)
    tables.push(this.destinations, this.subscriptions, this.queues, this.queueMessages)
    tables.push(this.application, this.grants, this.authorizationCodes)
    return [...tables, this.accessTokens, this.buckets, this.faults, this.numbers, this.settingsRow]
  }

  hasChanges(): boolean {
    return this.changes.size > 0
  }

  /** Every row that changed since the last call. */
  drainChanges(): Change[] {
    const changed = this.changes.drain()
    return this.tables().flatMap((table) =>
      [...(changed.get(table.name) ?? [])].map((key) => ({ table: table.name, key, row: table.find(key) })),
    )
  }

  /** Forgets everything but the sequences and the clock, so that no id is ever handed out twice. */
  reset(): void {
    const numbers = [...this.numbers.all()]
    for (const table of this.tables()) table.clear()
    this.journal.clear()
    this.feedMemory.clear()
    for (const number of numbers) this.numbers.save(number)
    this.settings = defaultSettings(this.startProfile)
  }

  private nextNumber(kind: string): number {
    const key = `${sequencePrefix}${kind}`
    const value = (this.numbers.find(key)?.value ?? 0) + 1
    this.numbers.save({ key, value })
    return value
  }

  private table<Row>(name: string, keyOf: (row: Row) => string, groupOf?: (row: Row) => string): Table<Row> {
    return new Table(groupOf ? { name, keyOf, groupOf } : { name, keyOf }, this.changes)
  }
}

/** Names a seller account: the same seller id in two regions is two accounts. */
export function sellerKeyOf(owner: { sellerId: string; region: Region }): string {
  return `${owner.sellerId}|${owner.region}`
}

/** Names a listing. The SKU stands last because it may contain anything. */
export function listingKeyOf(listing: { sellerId: string; region: Region; sku: string }): string {
  return `${sellerKeyOf(listing)}|${listing.sku}`
}
