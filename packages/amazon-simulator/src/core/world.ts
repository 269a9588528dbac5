import { IdSource } from './ids.ts'
import { Journal } from './journal.ts'
import type { Region } from './marketplaces.ts'
import type { AccessToken, BucketRow, FaultRow, Listing, Order, Report, ReportDocument, Seller } from './records.ts'
import { defaultSettings, type ProfileName, type Settings } from './settings.ts'
import { ChangeLog, Table } from './table.ts'

/** Where the journal goes on counting after a reset. */
export const journalSequence = 'sequence:journal'

/** A single value kept beside the tables: settings, sequences, the virtual clock. */
export interface KeptValue {
  key: string
  value: unknown
}

/** Everything the simulated Amazon knows. Plain data and no clock: every rule gets the time passed in. */
export class World {
  readonly changes = new ChangeLog()
  readonly sellers = this.table<Seller>('seller', sellerKeyOf)
  readonly listings = this.table<Listing>('listing', listingKeyOf, sellerKeyOf)
  readonly orders = this.table<Order>('order', (order) => order.orderId, sellerKeyOf)
  readonly reports = this.table<Report>('report', (report) => report.reportId, sellerKeyOf)
  readonly documents = this.table<ReportDocument>('document', (document) => document.documentId)
  readonly accessTokens = this.table<AccessToken>('access_token', (token) => token.token)
  readonly buckets = this.table<BucketRow>('bucket', (bucket) => bucket.id)
  readonly faults = this.table<FaultRow>('fault', (fault) => fault.id)
  readonly kept = this.table<KeptValue>('kept', (value) => value.key)
  readonly journal = new Journal(() => this.changes.recording)
  readonly startProfile: ProfileName
  readonly ids: IdSource

  constructor(options: { seed: string; profile?: ProfileName }) {
    this.startProfile = options.profile ?? 'amazon'
    this.ids = new IdSource(options.seed, (kind) => this.nextNumber(kind))
    this.settings = defaultSettings(this.startProfile)
  }

  get settings(): Settings {
    return this.kept.find('settings')?.value as Settings
  }

  set settings(value: Settings) {
    this.kept.save({ key: 'settings', value })
  }

  /** All tables, for the store. */
  tables(): Table<unknown>[] {
    const tables = [this.sellers, this.listings, this.orders, this.reports, this.documents, this.accessTokens]
    return [...tables, this.buckets, this.faults, this.kept] as Table<unknown>[]
  }

  /** Forgets everything but the sequences, so that no id is ever handed out twice. */
  reset(): void {
    const sequences = [...this.kept.all()].filter(({ key }) => key.startsWith('sequence:') || key === 'clock')
    for (const table of this.tables()) table.clear()
    this.journal.clear()
    for (const row of sequences) this.kept.save(row)
    this.kept.save({ key: journalSequence, value: this.journal.nextSeq })
    this.settings = defaultSettings(this.startProfile)
  }

  private nextNumber(kind: string): number {
    const key = `sequence:${kind}`
    const value = ((this.kept.find(key)?.value as number | undefined) ?? 0) + 1
    this.kept.save({ key, value })
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
