import { capabilities, type Capability } from '@lockstep/sp-api/capabilities'
import { nextSlotAt } from '@lockstep/pacing/bucket'
import type { Kysely } from 'kysely'
import { consentEnd, secretEnd } from '../domain/credential-life.ts'
import { type Diagnosis, diagnose } from '../domain/diagnosis/diagnose.ts'
import type { DiagnosisFacts, FlowFacts, LimitFacts, RightFacts, StandingFacts } from '../domain/diagnosis/facts.ts'
import { isThrottledBy } from '../domain/diagnosis/limit-findings.ts'
import { heldZeros } from '../domain/mass-zero.ts'
import type { Account } from '../store/accounts.ts'
import { countFailedCalls } from '../store/api-calls.ts'
import { countRunningJobs } from '../store/bulk-jobs.ts'
import { listCapabilityStates } from '../store/capability-states.ts'
import { type Connection, findConnection } from '../store/connections.ts'
import type { ChannelDb } from '../store/database.ts'
import {
  countListings,
  listDisabledSiblings,
  listSkuConflicts,
  listWithoutLeadTime,
  readOrderProgress,
} from '../store/diagnosis-facts.ts'
import { listFeedStops } from '../store/feeds.ts'
import { listLocationsOfAccount } from '../store/locations.ts'
import { listHeldZeros } from '../store/mass-zeros.ts'
import { findStuckFeeds } from '../store/stuck-feeds.ts'
import { bucketKey, type BucketView, listBuckets } from '../store/rate-buckets.ts'
import { countStates, countWaitingWrites, readDrifts } from '../store/sync-counts.ts'
import { readTroubled } from '../store/troubled-listings.ts'

/** What a diagnosis needs. */
export interface DiagnoseDeps {
  db: Kysely<ChannelDb>
  /** When the application's client secret was issued; undefined when nobody said. */
  secretIssuedAt: Date | undefined
  /** How many calls of this process wait for a bucket. */
  waitingFor(key: string): number
}

/** How a capability stands. */
export interface CapabilityStanding {
  capability: Capability
  state: 'working' | 'refused' | 'unknown'
  since: Date | undefined
}

/** A diagnosis with what it is about. */
export interface AccountDiagnosis extends Diagnosis {
  at: Date
  account: Account
  listings: { fbm: number; fba: number }
  capabilities: CapabilityStanding[]
}

/** Gathers everything that is known of an account and says what is wrong. Reads our own tables only. */
export async function diagnoseAccount(deps: DiagnoseDeps, account: Account): Promise<AccountDiagnosis> {
  const { db } = deps
  const now = new Date()
  const [connection, rights, failures, flow, listings] = await Promise.all([
    findConnection(db, account.connectionId),
    listCapabilityStates(db, account.connectionId),
    countFailedCalls(db, account.connectionId),
    flowFacts(db, account),
    countListings(db, account.id),
  ])
  const limits = await limitFacts(deps, { connection, failures })
  const standing = { ...standingFacts(deps, account, connection), summedFba: await summedFba(db, account) }
  const diagnosis = diagnose({ now, standing, rights, failures, limits, flow })
  return { ...diagnosis, at: now, account, listings, capabilities: capabilities.map((one) => standingOf(one, rights)) }
}

function standingFacts(
  { secretIssuedAt }: DiagnoseDeps,
  account: Account,
  connection: Connection | undefined,
): Omit<StandingFacts, 'summedFba'> {
  return {
    accountName: account.name,
    sellerId: account.sellerId,
    marketplace: account.marketplace,
    api: account.api,
    state: account.connectionState,
    stateDetail: account.connectionDetail,
    stateAt: connection?.stateAt ?? account.createdAt,
    consentEnd: consentEnd(account.authorisedAt),
    secretEnd: secretEnd(secretIssuedAt),
    enabled: account.enabled,
    updateInventory: account.updateInventory,
    pausedAt: account.pausedAt,
    pausedHard: account.pausedHard,
    hasLocations: account.locationIds.length > 0,
  }
}

async function summedFba(db: Kysely<ChannelDb>, account: Account): Promise<string[]> {
  if (account.channelSpecificStock) return []
  const locations = await listLocationsOfAccount(db, account.id)
  return locations.filter(({ kind }) => kind === 'fba').map(({ name }) => name)
}

async function limitFacts(
  deps: DiagnoseDeps,
  { connection, failures }: { connection: Connection | undefined; failures: DiagnosisFacts['failures'] },
): Promise<LimitFacts[]> {
  const { db } = deps
  if (!connection) return []
  const [views, writes] = await Promise.all([
    listBuckets(db, [connection.id, connection.application]),
    countWaitingWrites(db, connection.id),
  ])
  return views.map((view) => {
    // Numbers in line have not been claimed by any process yet.
    const inLine = view.level === 'pair' && view.operation === 'patchListingsItem' ? writes : 0
    return limitOf(view, { failures, waiting: deps.waitingFor(bucketKey(view)) + inLine })
  })
}

function limitOf(
  { level, operation, bucket, nowMs }: BucketView,
  { failures, waiting }: { failures: DiagnosisFacts['failures']; waiting: number },
): LimitFacts {
  const throttled = failures.filter((failure) => isThrottledBy(failure, { level, operation }))
  return {
    level,
    operation,
    rate: bucket.rate,
    throttledInARow: bucket.throttledInARow,
    waiting,
    throttledLastHour: throttled.reduce((sum, { lastHour }) => sum + lastHour, 0),
    lastThrottledAt: bucket.throttledAt === null ? undefined : new Date(bucket.throttledAt),
    nextSlotAt: new Date(nextSlotAt(bucket, nowMs)),
    isProbing: bucket.probe !== null,
  }
}

async function flowFacts(db: Kysely<ChannelDb>, account: Account): Promise<FlowFacts> {
  const [orders, states, troubled, zeros, shared, off, withoutLeadTime, stuckFeeds, feedStops, drifts, runningJobs] =
    await Promise.all([
      readOrderProgress(db, account.id),
      countStates(db, account.id),
      readTroubled(db, account.id),
      listHeldZeros(db, account.id),
      listSkuConflicts(db, account),
      listDisabledSiblings(db, account),
      listWithoutLeadTime(db, account),
      findStuckFeeds(db, account.connectionId),
      listFeedStops(db, account.connectionId),
      readDrifts(db, account.id),
      countRunningJobs(db, account.connectionId),
    ])
  return {
    ...orders,
    authorisedAt: account.authorisedAt,
    refused: states.get('refused') ?? 0,
    refusedFirst: troubled.refused,
    unverified: states.get('unverified') ?? 0,
    unverifiedFirst: troubled.unverified,
    notSeenYet: states.get('accepted') ?? 0,
    drift: states.get('drift') ?? 0,
    drifted: drifts.newest,
    driftSince: drifts.since,
    heldZeros: heldZeros(account.id, zeros),
    conflicts: shared.conflicts,
    conflictCount: shared.count,
    disabledSiblings: off.siblings,
    disabledSiblingCount: off.count,
    withoutLeadTime,
    stuckFeeds,
    runningJobs,
    feedStops,
  }
}

/** Refused in any of its calls is refused: the others of the same capability need another role. */
function standingOf(capability: Capability, rights: readonly RightFacts[]): CapabilityStanding {
  const own = rights.filter((right) => right.capability === capability.name)
  const state = (['refused', 'working', 'unknown'] as const).find((word) => own.some((one) => one.state === word))
  if (state === undefined || state === 'unknown') return { capability, state: 'unknown', since: undefined }
  const since = own.filter((one) => one.state === state).map((one) => one.since.getTime())
  return { capability, state, since: new Date(Math.min(...since)) }
}
