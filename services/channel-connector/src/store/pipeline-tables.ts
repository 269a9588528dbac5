import type { GateName } from '@lockstep/pacing/quantity-rules'
import type { ColumnType, Generated } from 'kysely'

import type { ChainStage } from '../domain/chain-history.ts'
import type { RuleChange } from '../domain/rule-change.ts'

/** Why a number was considered: stored with it and shown by `why`. The shape of lockstep.types.v1.Cause. */
export interface RecomputeCause {
  /** In snake_case: stock_set, order_reserved, linked, mapping_changed, setting_changed, force_update … */
  kind: string
  /** Our id of what caused it; empty when there is none. */
  reference: string
  /** Who did it; empty when not known. */
  actor: string
  note: string
  /** The trace it came by; absent when it came by none. */
  traceparent?: string
}

/** One word for how a group stands; a listing whose own gate is closed shows `gated` instead. */
export type StateWord =
  | 'in_step'
  | 'waiting'
  | 'in_flight'
  | 'accepted'
  | 'unverified'
  | 'drift'
  | 'refused'
  | 'gated'
  | 'conflict'
  | 'unknown'

type Moment = ColumnType<Date, Date | string, Date | string>
type MaybeMoment = ColumnType<Date | null, Date | string | null, Date | string | null>
type Json<T> = ColumnType<T, string, string>
type MaybeJson<T> = ColumnType<T | null, string | null, string | null>

/** Newest availability that inventory announced, per item and location. */
export interface AvailabilityTable {
  item_id: string
  location_id: string
  /** on_hand − reserved − held; below 0 is kept. */
  available: number
  /** Of the level; a lower one never replaces a higher one. */
  version: number
  at: Moment
  /** What of it each hold keeps back, by group; null when nothing is held. */
  holds: MaybeJson<Record<string, number>>
}

/** Items whose availability is missing somewhere and is to be fetched from inventory. */
export interface AvailabilityWantedTable {
  item_id: string
  next_at: Moment
  attempts: Generated<number>
}

/**
 * One row per shared-SKU group that was ever linked: what is wanted, what was sent, what was seen, and whose turn it is.
 * The row is the unit of claim. Every write to it holds its row lock; the pacing state is the truth and the other columns are read from it.
 */
export interface GroupStateTable {
  group_id: string
  connection_id: string
  channel_sku: string
  /** When a recompute of this group alone was asked for; null when none is due. Of many at once: recompute_mark. */
  recompute_at: MaybeMoment
  recompute_cause: MaybeJson<RecomputeCause>
  /** The state that the planner decides on, as JSON text; null before the first decision. */
  pacing: string | null
  state: Generated<StateWord>
  /** Why it is not in step, as a code; empty when it is. */
  reason: Generated<string>
  desired_quantity: number | null
  desired_lead_time_days: number | null
  /** Rises with each change of the desired pair, and never falls. */
  desired_version: Generated<number>
  desired_at: MaybeMoment
  desired_cause: MaybeJson<RecomputeCause>
  /** Null when nothing is to be written. */
  lane: string | null
  lane_rank: number | null
  /** Since when a write waits; null when none does. */
  waiting_since: MaybeMoment
  not_before: MaybeMoment
  /** NO_TOKEN, BARRIER, PAUSED, MASS_ZERO or ORDERS_NOT_CURRENT. */
  blocked_by: string | null
  scheduled_at: MaybeMoment
  submitted_quantity: number | null
  submitted_version: number | null
  submitted_at: MaybeMoment
  submission_id: string | null
  accepted_quantity: number | null
  accepted_version: number | null
  accepted_at: MaybeMoment
  seen_quantity: number | null
  seen_at: MaybeMoment
  live_quantity: number | null
  live_read_at: MaybeMoment
  /** Time of the read that opened the unseen window; null when none is open. */
  unseen_since: MaybeMoment
  product_type: string | null
  /** When the row is due; null when nothing is. */
  next_at: MaybeMoment
  claimed_by: string | null
  claimed_until: MaybeMoment
  attempts: Generated<number>
  /** Rises with each claim: a reply counts only while it is the same. */
  epoch: Generated<number>
  /** Until when the write that is in flight is waited for; null when none is. */
  lease_until: MaybeMoment
  /** What kind of difference Amazon shows; null when it shows none. */
  drift_kind: string | null
  /** What the listings that share the SKU disagree about; null when they agree. */
  conflict_kind: string | null
  /** When a zero of this group was held by the mass-zero guard. */
  mass_zero_at: MaybeMoment
  /** When a person let the first write of a group in conflict go. */
  conflict_confirmed_at: MaybeMoment
  /** When a look was asked for out of turn; null when none is. */
  look_at: MaybeMoment
  /** Units that Amazon sold and no downloaded order explains, as last stated to inventory. */
  hold_units: Generated<number>
  /** When that was stated; null when nothing ever was. */
  hold_stated_at: MaybeMoment
}

/** A group that a change for many has marked: it is to be computed again. */
export interface RecomputeMarkTable {
  group_id: string
  /** Of the newest such change. */
  cause: Json<RecomputeCause>
  /** The transaction of that change. */
  marked_in: Generated<string>
}

/** What a listing gives to its group; written only when it changes. */
export interface MemberStateTable {
  listing_id: string
  group_id: string
  account_id: string
  /** The first closed gate; null when all are open. */
  gate: GateName | null
}

/** One record per change of a desired pair: everything that `why` shows about its making. */
export interface ComputationTable {
  id: Generated<number>
  group_id: string
  version: number
  at: Moment
  record: Json<unknown>
}

/** What happened to a group's number on its way, kept so that `why --at` can tell. */
export interface ChainEntryTable {
  id: Generated<number>
  group_id: string
  stage: ChainStage
  at: Moment
  quantity: number | null
  version: number | null
  detail: Generated<Json<Record<string, unknown>>>
}

/** The newest revision of each order that was taken in. */
export interface OrderTakenInTable {
  order_id: string
  connection_id: string
  revision: number
}

/** Units that Amazon sold of a SKU and that we have downloaded; orders that Amazon fulfils are left out. */
export interface OrderSaleTable {
  order_line_id: string
  order_id: string
  connection_id: string
  channel_sku: string
  /** Ordered minus cancelled. */
  units: number
  /** When the buyer placed the order; whole seconds, by Amazon's clock. */
  created_at: Moment
  /** The item that reserves for it; empty when none does. */
  item_id: string
  /** Whether our availability has fallen by it, as far as we were told. */
  reflected: boolean
  taken_in_at: Generated<Date>
  /** Amazon's id of the marketplace it was sold in; empty in rows from before it was kept. */
  marketplace_id: Generated<string>
  /** Whether a link or a mapping will still give it an item and a location. */
  awaits_place: Generated<boolean>
  /** The item and the location that it is about to get; null when it is about to get none. */
  awaited_item_id: string | null
  awaited_location_id: string | null
  /** Until when that is waited for. */
  awaited_until: MaybeMoment
}

/** Changes of availability that an order caused; one may come before the order itself does. */
export interface OrderReflectedTable {
  order_id: string
  item_id: string
  at: Generated<Date>
}

/** How far an account's orders are in. Row present and `went_live_at` set: the gate orders_current is open. */
export interface AccountOrdersTable {
  account_id: string
  connection_id: string
  covered_until: MaybeMoment
  went_live_at: MaybeMoment
}

/** The lead times that an item's properties name, at their newest version. */
export interface ItemLeadTimeTable {
  item_id: string
  version: number
  /** For every account; null when none is named. */
  for_all: number | null
  /** Days by account name, for those that have their own. */
  by_account: Json<Record<string, number>>
}

/** Dry runs whose confirmation may still be used. */
export interface DryRunTable {
  confirmation: string
  account_id: string
  /** Names the numbers that were shown. */
  outcome: string
  at: Moment
  /** What would be changed, and what would change it back. */
  change: MaybeJson<RuleChange>
  inverse: MaybeJson<RuleChange>
  /** Names which SKUs are touched and which of them end or stop. */
  shape: string | null
  /** What must be said beside the confirmation; null when the zeros are few. */
  zeros_confirmation: string | null
}

/** Changes of rules that were made, kept for good: who, what, and what changes it back. */
export interface RuleChangeTable {
  id: string
  account_id: string
  change: Json<RuleChange>
  inverse: Json<RuleChange>
  actor: string
  at: Generated<Date>
  /** The change that this one took back; null when it is none of that kind. */
  undoes: string | null
  undone_by: string | null
}

/** Zeros that settings, links or imports brought about in the last minutes, per listing. */
export interface MassZeroTable {
  account_id: string
  group_id: string
  at: Moment
  /** Waits for a person. */
  held: boolean
}

/** Duties that come again by the clock; one row each. */
export interface PipelineDutyTable {
  id: string
  next_at: Moment
  claimed_by: string | null
  claimed_until: MaybeMoment
  attempts: Generated<number>
}

/** How far a connection's listings were read in turn; one row per connection with credentials. */
export interface ListingSweepTable {
  connection_id: string
  /** The last SKU that was read in this round; empty before the first. */
  after_sku: Generated<string>
  round_began: MaybeMoment
  next_at: Generated<Date>
  claimed_by: string | null
  claimed_until: MaybeMoment
  attempts: Generated<number>
}

/** SKUs that are said to have changed on Amazon. */
export interface LiveHintTable {
  group_id: string
  connection_id: string
  /** When it is to be read; null when it was. */
  due_at: MaybeMoment
  read_at: MaybeMoment
}

/** A SKU that sells, and how much. */
export interface WatchedSkuTable {
  group_id: string
  connection_id: string
  units_per_hour: number
  rated_at: Moment
  /** When the watch last read it; null when it never did. */
  watched_at: MaybeMoment
}

/** The watch of one connection, and how often it has read. */
export interface SkuWatchTable {
  connection_id: string
  reads: Generated<number>
  reads_in_minute: Generated<number>
  minute_began: Generated<Date>
  /** When the rates of its SKUs were last computed. */
  rated_at: MaybeMoment
  next_at: Generated<Date>
  claimed_by: string | null
  claimed_until: MaybeMoment
  attempts: Generated<number>
}

/** The tables of the pipeline, from availability to seen. */
export interface PipelineTables {
  availability: AvailabilityTable
  availability_wanted: AvailabilityWantedTable
  group_state: GroupStateTable
  recompute_mark: RecomputeMarkTable
  member_state: MemberStateTable
  computation: ComputationTable
  chain_entry: ChainEntryTable
  order_taken_in: OrderTakenInTable
  order_sale: OrderSaleTable
  order_reflected: OrderReflectedTable
  account_orders: AccountOrdersTable
  dry_run: DryRunTable
  item_lead_time: ItemLeadTimeTable
  rule_change: RuleChangeTable
  mass_zero: MassZeroTable
  pipeline_duty: PipelineDutyTable
  listing_sweep: ListingSweepTable
  live_hint: LiveHintTable
  watched_sku: WatchedSkuTable
  sku_watch: SkuWatchTable
}
