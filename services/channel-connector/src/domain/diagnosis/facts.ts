import type { FeedPurpose } from '../bulk-states.ts'

/** How a connection and its account stand. */
export interface StandingFacts {
  accountName: string
  sellerId: string
  marketplace: string
  api: 'sp_api' | 'mws'
  state: 'no_credentials' | 'untested' | 'connected' | 'reauthorise' | 'application_refused'
  stateDetail: string
  stateAt: Date
  consentEnd: Date | undefined
  secretEnd: Date | undefined
  enabled: boolean
  updateInventory: boolean
  pausedAt: Date | null
  pausedHard: boolean
  hasLocations: boolean
  /** Locations of Amazon's own whose stock is summed into what the account offers itself. */
  summedFba: readonly string[]
}

/** How one kind of call stands: learned from what Amazon said to it. */
export interface RightFacts {
  capability: string
  operation: string
  requestType: string
  state: 'working' | 'refused' | 'unknown'
  since: Date
}

/** Calls of one kind that ended alike, since the present incident began; at most 24 hours back. */
export interface FailureFacts {
  operation: string
  requestType: string
  outcome: string
  throttledLevel: string | null
  capability: string
  count: number
  lastHour: number
  firstAt: Date
  lastAt: Date
  lastErrorCode: string | null
  /** When this kind of call last went well; null when it did not within what is known. */
  lastAcceptedAt: Date | null
}

/** A bucket in front of the calls. */
export interface LimitFacts {
  level: string
  operation: string
  rate: number
  throttledInARow: number
  /** Of these calls, how many wait for a token. */
  waiting: number
  throttledLastHour: number
  lastThrottledAt: Date | undefined
  nextSlotAt: Date
  isProbing: boolean
}

/** A shared SKU whose accounts disagree. */
export interface ConflictFacts {
  channelSku: string
  accounts: readonly string[]
  detail: string
}

/** A listing that Amazon shows otherwise. */
export interface DriftFacts {
  channelSku: string
  kind: string
  live: number | null
}

/** The first listings whose number came to nothing, and since when the oldest of all stands so. */
export interface TroubledFacts {
  first: readonly { channelSku: string; quantity: number | null; live: number | null; issue: string }[]
  since: Date | null
}

/** Feeds of this kind were refused as a whole by Amazon: none is made until a person allows it. */
export interface FeedStopFacts {
  purpose: FeedPurpose
  since: Date
  detail: string
}

/** How the account's numbers and orders stand. */
export interface FlowFacts {
  coveredUntil: Date | null
  wentLiveAt: Date | null
  /** When the connection could first be called. */
  authorisedAt: Date | null
  /** Listings whose number Amazon refused, and the first of them. */
  refused: number
  refusedFirst: TroubledFacts
  /** Listings whose number Amazon accepted and never showed, and the first of them. */
  unverified: number
  unverifiedFirst: TroubledFacts
  /** Numbers that Amazon accepted and no read has shown yet. */
  notSeenYet: number
  drift: number
  /** Some of those that drifted, the newest first. */
  drifted: readonly DriftFacts[]
  /** Since when the oldest of them shows otherwise; null when none does. */
  driftSince: Date | null
  heldZeros: { count: number; since: Date; confirmation: string } | undefined
  conflicts: readonly ConflictFacts[]
  conflictCount: number
  /** Shared SKUs of which an account that is off sells too, with the accounts that are off. */
  disabledSiblings: readonly ConflictFacts[]
  disabledSiblingCount: number
  /** SKUs whose item brings no lead time although the account takes it from there; some of them, and how many there are. */
  withoutLeadTime: { count: number; skus: readonly string[] }
  /** Feeds that are past their deadline at Amazon; undefined when there are none. */
  stuckFeeds: { count: number; since: Date; detail: string } | undefined
  /** Bulk jobs that run, and how many of their lines are still to go. */
  runningJobs: { jobs: number; lines: number }
  /** Kinds of feeds that are not made any more, and why. */
  feedStops: readonly FeedStopFacts[]
}

/** Everything that a diagnosis looks at. */
export interface DiagnosisFacts {
  now: Date
  standing: StandingFacts
  rights: readonly RightFacts[]
  failures: readonly FailureFacts[]
  limits: readonly LimitFacts[]
  flow: FlowFacts
}
