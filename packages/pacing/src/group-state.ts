import type { Conflict, GroupInputs, HoldPlace, MemberRole } from './group-policy.ts'
import type { GateName, Step } from './quantity-rules.ts'

/*
 * The state of one shared-SKU group: plain JSON, so that it can be stored as one column and read by any replica.
 * Times are epoch milliseconds. Two clocks meet here and are never mixed:
 *   readAt, accepted.at, sales, bounds  – Amazon's clock (its Date header, its order times)
 *   every other `at`, `since`, `until`   – ours, the `now` given to decide()
 */

/**
 * Why a group is looked at: something changed on our side. `kind` is free except for the ones decide() makes itself and for `force_update`,
 * which sends what looks equal too.
 * `traceparent` names the trace the change came by; it is passed on untouched.
 */
export type Cause = { kind: string; reference: string | null; traceparent?: string }

/** Units sold on Amazon by Amazon's order time (whole seconds), net of cancelled units. */
export type Sale = {
  at: number
  units: number
  /** False while our available figure does not contain this order yet; such units still count as unseen. Default true. */
  reflected?: boolean
}

/** What Amazon holds, as one read showed it. */
export type LiveRead = {
  quantity: number
  leadTimeDays: number | null
  /** Amazon's time of the reply. */
  readAt: number
  /** Our time of the reply. */
  receivedAt: number
}

/** A level Amazon is known to have had. `usedUnits`: sales of that same second which the level contains already. */
export type Level = { quantity: number; at: number; usedUnits: number }

/** A fall of Amazon's level between two sights of it, kept until the orders that explain it have been downloaded. */
export type Fall = {
  from: Level
  to: number
  readAt: number
  /** A number was computed with these units taken off: the group is considered again when the question closes. */
  held: boolean
}

/** What the stock master was last told to hold for this SKU. */
export type StatedHold = { version: number; place: HoldPlace | null; falls: string; until: number }

export type Chosen = { quantity: number; leadTimeDays: number | null }

export type Desired = Chosen & { version: number; at: number; cause: Cause }

/** `planned` waits for a slot; `sending` has left or may have left, and only a reply with its version and epoch counts. */
export type InFlight = Chosen & {
  phase: 'planned' | 'sending'
  version: number
  op: 'merge' | 'replace'
  lane: QuantityLane
  sendAs: string
  unguarded: boolean
  /** When the change it answers to was first noticed: its age in the queue. */
  since: number
  /** The guard read is too old after this; null = needs none. */
  freshUntil: number | null
  /** Sent because an earlier write never showed: after this one it is flagged instead of sent a third time. */
  resend: boolean
  epoch: number | null
  leaseUntil: number | null
  /** Once more what Amazon had accepted before, after a content feed or on demand: a precaution that may wait. Rows stored without it are none. */
  repeat?: boolean
  /** Amazon's time when the socket was opened, as the caller estimates it. */
  sentAt: number | null
  /** A raise from 0 stays until then, or until the price that waits has gone. Rows stored without it wait for nothing. */
  notBefore?: number | null
}

export type QuantityLane = 'to_zero' | 'decrease' | 'increase'

/** The last write Amazon took (`unknown` = it may have: no reply came). */
export type Accepted = Chosen & {
  version: number
  at: number
  since: number
  submissionId: string | null
  outcome: 'accepted' | 'unknown'
}

export type Guard = {
  live: number | null
  readAt: number | null
  expected: number | null
  /** Units sold on Amazon and not downloaded that no hold keeps back yet; `held` are those that one does. */
  unseen: number
  held?: number
  unguarded: boolean
}

/** How the newest number came about, for `why` and for the stored record. */
export type Computation = {
  at: number
  cause: Cause
  number: number | null
  gatedBy: GatedBy | null
  conflict: Conflict | null
  withheld: boolean
  members: MemberRole[]
  groupStep: Step | null
  /** Units sold on Amazon and not downloaded, held or not, as they were counted. Rows stored without them had none. */
  unseen?: number
  /** Amazon's level as far as it was known: the policy `hold` looks at it. */
  level?: number | null
}

export type GatedBy = GateName | 'NO_MEMBERS' | 'FBA_MEMBER' | 'NOT_MERCHANT_FULFILLED' | 'SKU_NOT_FOUND'

export type Refused = Chosen & { version: number; at: number; dataVersion: string; issue: string }

/** A difference nobody on our side made. Reported, overwritten by our next change, never corrected by itself. */
export type Drift = {
  at: number
  live: number
  expected: number | null
  /** What it most likely is; absent in a state from before kinds were told apart. */
  kind?: DriftKind
}

/** Somebody's edit, another writer's update without our lead time, units of a cancelled order, or the number from before our last write. */
export type DriftKind =
  | 'outside_edit_up'
  | 'outside_edit_down'
  | 'sibling_overwrite'
  | 'restocked_cancellation'
  | 'lost_update'

/** What one read showed of the fulfilment channel: the FBA guard. */
export type ChannelSight = {
  sound: boolean
  reason: 'NOT_MERCHANT_FULFILLED' | 'SKU_NOT_FOUND' | null
  receivedAt: number
}

export type Verification = { next: number; nextAt: number | null; resent: boolean; failed: boolean }

/** The guard read a consideration is waiting for. */
export type Reading = { since: number; deadline: number; retryAt: number; tries: number }

/** The chain as CONTRACTS shows it; each entry is the newest of its kind. */
export type Chain = {
  scheduled: { at: number; lane: QuantityLane; version: number } | null
  submitted: (Chosen & { version: number; at: number; submissionId: string | null }) | null
  accepted: (Chosen & { version: number; at: number }) | null
  seen: { quantity: number; at: number; version: number } | null
}

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

export type NextStep = { action: 'none' | 'send' | 'read' | 'wait'; at: number | null; reason: Reason }

/** Why the machine does, or does not do, what it does. Stable codes. */
export type Reason =
  | 'NOTHING_KNOWN'
  | 'UNCHANGED'
  | 'EQUAL_TO_LIVE'
  | 'ALREADY_ACCEPTED'
  | 'GATE_CLOSED'
  | 'NO_MEMBERS'
  | 'FBA_MEMBER'
  | 'NOT_MERCHANT_FULFILLED'
  | 'SKU_NOT_FOUND'
  | 'GUARD_READ'
  | 'CHANNEL_READ'
  | 'VERIFICATION'
  | 'WAITING_FOR_SLOT'
  | 'AWAITING_REPLY'
  | 'COALESCED'
  | 'REFUSED'
  | 'OUTCOME_UNKNOWN'
  | 'UNSEEN_OPEN'
  | 'UNVERIFIED'
  | 'HELD_BACK'
  | 'DRIFT'
  | 'STALE_REPLY'
  | 'STALE_READ'
  | 'PRICE_FIRST'
  | 'RECORDED'

export type GroupState = {
  schema: 1
  inputs: GroupInputs | null
  /** Our change that has not been answered by a write or by "in step" yet. */
  due: Cause | null
  dueSince: number | null
  /** The next consideration sends even what looks equal: an outcome is unknown or a write never showed. */
  mustSend: boolean
  /** What has left may be overwritten by a feed that ended meanwhile: the number goes out once more after the reply. */
  sendAgain?: Cause | null
  /** What our side looked like when a consideration last ended; an equal one is no change. */
  settledKey: string | null
  version: number
  /** The highest version that ever left. A later write always carries a higher one. */
  sentVersion: number
  computation: Computation | null
  desired: Desired | null
  guard: Guard | null
  reading: Reading | null
  live: LiveRead | null
  channel: ChannelSight | null
  /** Amazon's level after our last write took effect; null from an acceptance until the write shows. */
  sighting: Level | null
  /** What Amazon may still show until then: the sighting before that write, and writes after it that have not shown either. */
  older: Level[]
  falls: Fall[]
  sales: Sale[]
  soldSinceAccepted: number
  /** Units taken off `expected` because no order ever explained them. */
  driftTaken: number
  coveredUntil: number | null
  inFlight: InFlight | null
  accepted: Accepted | null
  verification: Verification | null
  refused: Refused | null
  drift: Drift | null
  /** What Amazon showed until our last write took effect. */
  replaced?: number | null
  /** Rows stored without it have stated nothing. */
  hold?: StatedHold | null
  /** The lead time we last sent and have not cleared since. */
  leadTimeSent: number | null
  /** A price of this SKU waits or is on its way. Rows stored without it have none. */
  pricePending?: boolean
  /** Since when a raise from 0 waits for that price; null = none does. */
  raiseHeldSince?: number | null
  chain: Chain
  word: StateWord
  next: NextStep
}

/** A group nobody has told anything about. */
export function newGroup(): GroupState {
  return {
    schema: 1,
    inputs: null,
    due: null,
    dueSince: null,
    mustSend: false,
    settledKey: null,
    version: 0,
    sentVersion: 0,
    computation: null,
    desired: null,
    guard: null,
    hold: null,
    reading: null,
    live: null,
    channel: null,
    sighting: null,
    older: [],
    falls: [],
    sales: [],
    soldSinceAccepted: 0,
    driftTaken: 0,
    coveredUntil: null,
    inFlight: null,
    accepted: null,
    verification: null,
    refused: null,
    drift: null,
    leadTimeSent: null,
    pricePending: false,
    raiseHeldSince: null,
    chain: { scheduled: null, submitted: null, accepted: null, seen: null },
    word: 'unknown',
    next: { action: 'none', at: null, reason: 'NOTHING_KNOWN' },
  }
}
