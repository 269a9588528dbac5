import type { ColumnType, Generated } from 'kysely'

type Time = Date
type GeneratedTime = ColumnType<Date, Date | string | undefined, Date | string>

export type Region = 'NA' | 'EU' | 'FE'
export type ConnectionStateName = 'no_credentials' | 'untested' | 'connected' | 'reauthorise' | 'application_refused'
/** By which of Amazon's interfaces a seller is connected. MWS is closed: such a connection is recorded and never called. */
export type ApiName = 'sp_api' | 'mws'
export type LocationKindName = 'own' | 'third_party' | 'fba'

/** A seller in a region under one application: owner of the refresh token, the buckets and the shared-SKU groups. */
export interface ConnectionTable {
  id: string
  seller_id: string
  region: Region
  application: string
  api: Generated<ApiName>
  /** AES-256-GCM, bound to the connection and the key; null when no token was given. */
  refresh_token_sealed: Uint8Array | null
  token_key_id: string | null
  /** Rises with each token given, so that every process drops what it keeps of the one before. */
  token_version: Generated<number>
  state: Generated<ConnectionStateName>
  /** Why the state is what it is; empty when all is well. */
  detail: Generated<string>
  state_at: GeneratedTime
  group_policy: Generated<'lowest' | 'owner' | 'hold'>
  /** The account that decides for shared SKUs under the policy owner; null when none was chosen. */
  group_owner_id: string | null
  /** When the token in use was given; null without one. */
  authorised_at: Time | null
  created_at: GeneratedTime
}

/** One marketplace of a connection. */
export interface AccountTable {
  id: string
  name: string
  connection_id: string
  /** Country code. */
  marketplace: string
  marketplace_id: string
  enabled: Generated<boolean>
  update_inventory: Generated<boolean>
  max_listed: number | null
  stock_percentage: number | null
  end_when: number | null
  default_lead_time_days: number | null
  /** Each item brings its own lead time; never together with a default. */
  product_lead_times: Generated<boolean>
  channel_specific_stock: Generated<boolean>
  despatch_notes: Generated<boolean>
  /** Whether its listings follow the channel prices of their items. */
  price_change: Generated<boolean>
  order_location_id: string | null
  paused_at: Time | null
  paused_hard: Generated<boolean>
  inventory_synced_at: Time | null
  /** Rises with each change of the settings or the location mapping. */
  settings_version: Generated<number>
  listings_report_state: 'Submitted' | 'Available' | 'Processed' | 'Failed' | null
  listings_report_at: Time | null
  /** When the next listings report is asked for; null while there are no credentials or the account is off. */
  listings_report_due_at: Time | null
  claimed_by: string | null
  claimed_until: Time | null
  attempts: Generated<number>
  created_at: GeneratedTime
}

/** A location whose stock an account sells. */
export interface AccountLocationTable {
  account_id: string
  location_id: string
}

/** What inventory last said of a location. */
export interface LocationTable {
  id: string
  name: string
  kind: LocationKindName
  is_default: boolean
}

/** All listings of one connection that carry the same SKU, byte for byte: Amazon keeps one quantity for them. */
export interface SkuGroupTable {
  id: string
  connection_id: string
  channel_sku: string
}

/** One offer: a seller SKU in one account's marketplace. */
export interface ListingTable {
  id: string
  account_id: string
  group_id: string
  marketplace_id: string
  channel_sku: string
  asin: string
  title: string
  fba: boolean
  ignore_sync: boolean
  active: boolean
  /** Why this SKU cannot be linked; null when it can. */
  sku_problem: string | null
  item_id: string | null
  item_sku: string | null
  linked_at: Time | null
  /** What the newest report said; never an input of any computation. */
  listed_quantity: number | null
  price_minor: number | null
  price_currency: string | null
  max_listed: number | null
  stock_percentage: number | null
  end_when: number | null
  lead_time_days: number | null
  first_seen_at: GeneratedTime
  last_report_at: Time | null
}

/** When an account's listings are looked through beside the report; one row per account that ever had credentials. */
export interface ListingLookTable {
  account_id: string
  next_at: Time | null
  claimed_by: string | null
  claimed_until: Time | null
  attempts: Generated<number>
}

/** One rate bucket, shared by every process. Instants are epoch milliseconds by the database's clock. */
export interface RateBucketTable {
  /** level:scope:operation. */
  key: string
  level: 'pair' | 'application' | 'feed_type' | 'preview'
  /** Whose calls are counted: a connection's id, or the application's. */
  scope: string
  operation: string
  rate: number
  burst: number
  working_rate: number
  working_burst: number
  tokens: Generated<number>
  /** The moment `tokens` speaks of; never moves back. */
  counted_ms: number
  learned_from: Generated<'model' | 'header' | 'throttle'>
  slowed_by: Generated<number>
  slowed_ms: number
  throttled_ms: number | null
  throttled_in_a_row: Generated<number>
  probe_gap_ms: number | null
  probe_next_ms: number | null
  rising_rate: number | null
  rising_replies: number | null
  taken: Generated<number>
  jitter_ms: number
  epsilon: number
  /** The database it was counted in; null before anybody noted it. */
  place: string | null
}

/** A connection that waits, or waited, at a bucket that connections share. Instants are epoch milliseconds by the database's clock. */
export interface SharedTurnTable {
  /** Of the bucket. */
  key: string
  connection_id: string
  /** Tokens it was given; whoever has the fewest goes next. */
  served: number
  want: number
  waiting_ms: number
  /** It counts as waiting until then. */
  wanted_until_ms: number
  /** The process that asked last. */
  asked_by: string | null
}

/** One call to Amazon, without its body; kept 30 days. */
export interface ApiCallTable {
  id: Generated<number>
  at: Time
  connection_id: string
  application: string
  operation: string
  lane: string
  status: number
  outcome: string
  /** Which limit a 429 spoke of. */
  throttled_level: string | null
  /** What it was counted as beside its operation: a feed type, a preview, a patch of product data. */
  also_counted: string[] | null
  /** Amazon's error code, never its message. */
  error_code: string | null
  /** x-amzn-RequestId. */
  request_id: string | null
  waited_ms: number
  duration_ms: number
  /** What it drew on, as sp-api names it; empty for an exchange of tokens. */
  capability: Generated<string>
  /** Feed or report type; empty for other calls. */
  request_type: Generated<string>
}

/** The tables of accounts, listings and the gateway. */
export interface AccountTables {
  connection: ConnectionTable
  account: AccountTable
  account_location: AccountLocationTable
  location: LocationTable
  sku_group: SkuGroupTable
  listing: ListingTable
  listing_look: ListingLookTable
  rate_bucket: RateBucketTable
  shared_turn: SharedTurnTable
  api_call: ApiCallTable
}
