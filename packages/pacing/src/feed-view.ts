import type { FeedEstimate } from './estimate.ts'
import type { QuietHours } from './quiet-hours.ts'

/*
 * What planFeeds sees of one connection, and what it says. Plain JSON; times are epoch milliseconds.
 * Every feed here is of one type, JSON_LISTINGS_FEED, so Amazon works on them one after the other.
 */

/** A feed holds one purpose only: content never shares one with quantity. */
export type FeedPurpose = 'stock' | 'price' | 'content'

export type FeedsView = {
  /** The bucket of patchListingsItem. `stockRate`: stock writes a second lately, which a job's patches must leave room for. */
  patch: { rate: number; tokens: number; stockRate: number }
  estimate: FeedEstimate
  /** Distinct SKUs whose stock write waits and is in no feed. `urgent`: to zero and decrease. */
  backlog: { urgent: number; increases: number }
  jobs: JobView[]
  /** Every feed that is not known to have ended, its own intent row included. */
  feeds: FeedView[]
  createFeed: { tokens: number; nextTokenAt: number }
  /** When the newest price or content slice went to Amazon; one that was cancelled in the queue does not count. */
  lastBulkAt: number | null
  nextPeakAt: number | null
}

export type JobView = {
  id: string
  kind: 'price' | 'content'
  /** Items that are in no feed and not handed to patches. */
  waiting: number
  /** Of these, the ones that may be in a slice now (see slice-rules). */
  sliceable: number
  /** Size of all waiting items as feed messages. */
  bytes: number
  /** Items handed to single patches and not done yet. */
  patching: number
  /** The job's own, else the account's; null = at any time. */
  quietHours: QuietHours | null
  paused: boolean
  createdAt: number
}

export type FeedView = {
  id: string
  purpose: FeedPurpose
  /** `sending`: its intent is stored, and Amazon may or may not have it. */
  state: 'sending' | 'in_queue' | 'in_progress'
  items: number
  /** When it had no feed of ours ahead of it: its submission, or the end of the one before; null = still behind one. */
  firstInLineAt: number | null
  /** Past this it is stuck: see deadlineMs. */
  deadlineAt: number
  /** Already announced as stuck. */
  stuck: boolean
  /** A cancellation of this feed was asked for. */
  cancelAsked: boolean
  /** Some item of it was in a feed that a to-zero cancelled. */
  cancelledBefore: boolean
  /** A to-zero waits for a SKU in it. */
  zeroInside: boolean
}

export type WaitReason =
  | 'QUIET_HOURS'
  | 'WINDOW_TOO_SHORT'
  | 'SPACING'
  | 'NO_FEED_TOKEN'
  | 'FEED_IN_FLIGHT'
  | 'STUCK_FEED'
  | 'STOCK_FIRST'
  | 'PAUSED'
  | 'BY_PATCH'

export type FeedAction =
  /** Take up to so many items of this purpose, build a feed of them and submit it. `jobId` null: increases of stock. */
  | { kind: 'slice'; purpose: FeedPurpose; jobId: string | null; maxItems: number; maxBytes: number }
  /** Hand up to so many waiting items of the job to single patches in its lane, those that may not be in a slice first. */
  | { kind: 'patch'; jobId: string; maxItems: number }
  | { kind: 'cancel'; feedId: string; reason: 'TO_ZERO_INSIDE' | 'PAST_DEADLINE' }
  /** Past its deadline and not to be cancelled: a barrier for its SKUs, patches for what they need, and a finding. */
  | { kind: 'stuck'; feedId: string }
  /** Why no feed goes out for the job (null: for stock), and when to plan again; null = an event will say. */
  | { kind: 'wait'; jobId: string | null; until: number | null; reason: WaitReason }
