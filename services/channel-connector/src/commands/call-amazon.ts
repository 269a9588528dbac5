import { type Lane, lanesOf } from '@lockstep/pacing/lanes'
import type { Limit } from '@lockstep/pacing/bucket'
import { limitsFor } from '@lockstep/pacing/model-limits'
import type { CallContext, Verdict } from '@lockstep/sp-api/outcome'
import type { HttpAnswer } from '@lockstep/sp-api/transport'
import type { Logger } from '@lockstep/telemetry/logger'
import { inSpan } from '@lockstep/telemetry/trace'
import type { Kysely } from 'kysely'
import type { AccessToken, AccessTokens } from '../channels/amazon/access-tokens.ts'
import type { AmazonDoor, PreparedCall } from '../channels/amazon/amazon-door.ts'
import type { CallLog } from '../channels/amazon/call-log.ts'
import { type Hold, holdOf, noteState } from '../channels/amazon/connection-states.ts'
import { learnFromAnswer } from '../channels/amazon/learn-from-answer.ts'
import type { Slot, SlotLines } from '../channels/amazon/slot-lines.ts'
import type { AmazonReply } from '../domain/amazon-reply.ts'
import { loggedOutcome } from '../domain/logged-outcome.ts'
import { countExpiredSlot, countUnsentCall, observeAmazonCall } from '../metrics.ts'
import { knownRights } from '../store/known-rights.ts'
import { type Connection, findConnection } from '../store/connections.ts'
import type { ChannelDb } from '../store/database.ts'
import type { BucketDefinition } from '../store/rate-buckets.ts'
import { legacyRefusal } from './account-credentials.ts'
import { headersOf, replyOf, withoutSlot, withoutToken } from './amazon-replies.ts'
import { nameAccountOf } from './name-account.ts'
import { refusal } from './refuse.ts'

export type { AmazonOutcome, AmazonReply } from '../domain/amazon-reply.ts'

/** One call to Amazon, as its caller describes it. */
export interface AmazonCall {
  connectionId: string
  /** Amazon's operation name, such as patchListingsItem. */
  operation: string
  /** Values for the path, not encoded. */
  path: Readonly<Record<string, string>>
  /** The query in order, not encoded; lists are joined by commas. */
  query: readonly (readonly [name: string, value: string])[]
  /** The body as sent; empty for none. */
  body: Uint8Array
  /** Its lane in the bucket; the operation's own when absent. */
  lane?: string
  /** How long what it carries has waited already, in milliseconds: it is that much older in line. */
  waitedMs?: number
  /** When waiting for a token is no longer worth it. */
  notAfter: Date
  /** Ends the wait for a token. A request that has left is waited for all the same. */
  signal: AbortSignal
}

/** What a call to Amazon works with. */
export interface CallAmazonDeps {
  db: Kysely<ChannelDb>
  log: Logger
  door: AmazonDoor
  tokens: AccessTokens
  lines: SlotLines
  callLog: CallLog
  /** Limits in place of the documented ones, by `level/what is counted`. */
  grantedLimits: Readonly<Record<string, Limit>>
}

/**
 * Makes one call to Amazon: waits in its lane for a token of every bucket, sends it once, learns from the answer and says what it means.
 * A call is never repeated here, but for one that Amazon turned away for an access token that had expired.
 * Refuses what could never leave (an unknown operation, a path that cannot be built, a connection without credentials); everything else is a reply.
 */
export async function callAmazon(deps: CallAmazonDeps, call: AmazonCall): Promise<AmazonReply> {
  const connection = await connectionWithCredentials(deps.db, call.connectionId)
  const prepared = deps.door.prepare(call)
  const attempt = { connection, prepared, call, lane: checkedLane(call, prepared) }
  return inSpan(`amazon ${prepared.operation.name}`, { lane: attempt.lane }, async (span) => {
    const reply = await attemptTwice(deps, attempt)
    span.setAttributes({ outcome: reply.outcome, 'http.response.status_code': reply.status })
    return { ...reply, nextStep: await nameAccountOf(deps.db, connection.id, reply.nextStep) }
  })
}

async function attemptTwice(deps: CallAmazonDeps, attempt: Attempt): Promise<AmazonReply> {
  const { connection } = attempt
  const first = await attemptOnce(deps, attempt, await accessTokenOf(deps, connection))
  if (first.kind === 'reply') return first.reply
  const second = await attemptOnce(deps, attempt, await deps.tokens.renew(connection, first.accessToken))
  return second.kind === 'reply' ? second.reply : second.verdictReply
}

async function connectionWithCredentials(db: Kysely<ChannelDb>, id: string): Promise<Connection> {
  const connection = id.includes('\u0000') ? undefined : await findConnection(db, id)
  if (!connection) {
    throw refusal('FIELD_INVALID', { message: `there is no connection "${id}"`, field: 'connection_id', value: id })
  }
  if (connection.api === 'mws') throw legacyRefusal(connection)
  if (connection.token) return connection
  throw refusal('CREDENTIALS_MISSING', {
    message: `no refresh token is stored for seller ${connection.sellerId} in ${connection.region}`,
    field: 'connection_id',
    value: id,
  })
}

function checkedLane({ lane = '' }: AmazonCall, { operation }: PreparedCall): Lane {
  const lanes = lanesOf(operation.name)
  const chosen =
    lanes.find((one) => one === (lane === '' ? operation.lane : lane)) ?? (lane === '' ? lanes[0] : undefined)
  if (chosen !== undefined) return chosen
  const message = `"${lane}" is no lane of ${operation.name}: ${lanes.join(', ')}`
  throw refusal('FIELD_INVALID', { message, field: 'lane', value: lane })
}

interface Attempt {
  connection: Connection
  prepared: PreparedCall
  call: AmazonCall
  lane: Lane
}

type AttemptEnd =
  | { kind: 'reply'; reply: AmazonReply }
  | { kind: 'token_expired'; accessToken: string; verdictReply: AmazonReply }

async function accessTokenOf(deps: CallAmazonDeps, connection: Connection): Promise<AccessToken | Hold> {
  return holdOf(connection) ?? deps.tokens.get(connection)
}

async function attemptOnce(deps: CallAmazonDeps, attempt: Attempt, before: AccessToken | Hold): Promise<AttemptEnd> {
  const { connection, prepared, call } = attempt
  const unsent = (reason: Parameters<typeof countUnsentCall>[1], reply: AmazonReply): AttemptEnd => {
    countUnsentCall(prepared.operation.name, reason)
    return { kind: 'reply', reply }
  }
  if (!isToken(before)) return unsent('held', withoutToken(before))

  const joinedAt = performance.now()
  const buckets = bucketsOf(deps, connection, prepared)
  const ready = await freshSlot(deps, attempt, buckets)
  const refused = { operation: prepared.operation.name, notAfter: call.notAfter }
  if (ready.kind === 'held') return unsent('held', withoutToken(ready.hold))
  if (ready.kind !== 'ready')
    return unsent(ready.kind === 'too_late' ? 'no_token' : 'given_up', withoutSlot(ready, refused))
  const { slot, token } = ready
  const leftAt = performance.now()
  const answer = await deps.door.send(prepared, { region: connection.region, accessToken: token.value })
  const verdict = await judge(deps, attempt, { answer, tokenAgeMs: Date.now() - token.sinceMs })
  const times = { waitedMs: leftAt - joinedAt, tookMs: performance.now() - leftAt }
  const retryAfterMs = await afterAnswer(deps, attempt, { answer, verdict, slot, buckets, times })
  const reply = replyOf(answer, verdict, retryAfterMs)
  if (verdict.outcome !== 'token_expired') return { kind: 'reply', reply }
  return { kind: 'token_expired', accessToken: token.value, verdictReply: reply }
}

type Ready =
  | { kind: 'ready'; slot: TakenSlot; token: UsableToken }
  | { kind: 'held'; hold: Parameters<typeof withoutToken>[0] }
  | Exclude<Slot, TakenSlot>

/**
 * A slot that may be used now, with the access token to use it with. One that expired on the way here, on a machine that had no time for us, is lost:
 * used late, it would meet those after it at Amazon.
 */
async function freshSlot(
  deps: CallAmazonDeps,
  { connection, prepared, call, lane }: Attempt,
  buckets: readonly BucketDefinition[],
): Promise<Ready> {
  const joinedAt = performance.now()
  for (;;) {
    const waitedMs = (call.waitedMs ?? 0) + performance.now() - joinedAt
    const slot = await deps.lines.take({ ...call, waitedMs, buckets, lane })
    if (slot.kind !== 'taken') return slot
    // Whoever came before may have found out meanwhile that this connection is shut out.
    const token = await deps.tokens.get(connection)
    if (!isToken(token)) return { kind: 'held', hold: token }
    if (slot.use()) return { kind: 'ready', slot, token }
    countExpiredSlot(prepared.operation.name)
  }
}

/** A denial is looked at again with what is known of the connection's other calls; the usual answer costs no query. */
async function judge(
  { db, door }: CallAmazonDeps,
  { prepared, connection }: Attempt,
  { answer, tokenAgeMs }: { answer: HttpAnswer; tokenAgeMs: number },
): Promise<Verdict> {
  const known: CallContext = { tokenAgeMs }
  const verdict = door.judge(prepared, answer, known)
  if (verdict.outcome !== 'denied') return verdict
  return door.judge(prepared, answer, { ...known, ...(await knownRights(db, connection.id)) })
}

type TakenSlot = Extract<Slot, { kind: 'taken' }>
type UsableToken = Extract<AccessToken, { kind: 'token' }>

function isToken(token: AccessToken | Hold): token is UsableToken {
  return 'kind' in token && token.kind === 'token'
}

function bucketsOf(
  { grantedLimits }: CallAmazonDeps,
  connection: Connection,
  { operation, nature }: PreparedCall,
): BucketDefinition[] {
  return limitsFor(operation.name, nature).map(({ level, limit: documented, bucket, owner }) => {
    const limit = grantedLimits[`${level}/${bucket}`] ?? documented
    return { level, limit, scope: owner === 'connection' ? connection.id : connection.application, operation: bucket }
  })
}

interface Ended {
  answer: HttpAnswer
  verdict: Verdict
  slot: TakenSlot
  buckets: readonly BucketDefinition[]
  times: { waitedMs: number; tookMs: number }
}

/** What every answer leaves behind: a line in the log, what it taught about the buckets, how the connection stands. */
async function afterAnswer(deps: CallAmazonDeps, attempt: Attempt, ended: Ended): Promise<number | undefined> {
  const { connection, prepared, lane } = attempt
  const { answer, verdict, slot, buckets, times } = ended
  observeAmazonCall({ operation: prepared.operation.name, outcome: verdict.outcome, ...times })
  deps.callLog.note({
    at: new Date(),
    connection_id: connection.id,
    application: connection.application,
    operation: prepared.operation.name,
    lane,
    status: answer.kind === 'answered' ? answer.status : 0,
    outcome: loggedOutcome(prepared.operation.name, verdict.outcome),
    throttled_level: verdict.throttledLevel ?? null,
    also_counted: alsoCounted(buckets, prepared.operation.name),
    error_code: verdict.errorCode ?? null,
    request_id: headersOf(answer)['x-amzn-requestid'] ?? null,
    waited_ms: Math.round(times.waitedMs),
    duration_ms: Math.round(times.tookMs),
    capability: verdict.capability ?? prepared.need.capability.name,
    request_type: prepared.need.type,
  })
  if (verdict.outcome === 'authorisation_revoked') {
    deps.tokens.refuse(connection, { kind: 'revoked', detail: verdict.detail })
    await noteState(deps, connection, { state: 'reauthorise', detail: verdict.detail })
  }
  if (answer.kind !== 'answered') return undefined
  const learnedMs = await learnFromAnswer(deps, {
    buckets,
    slots: slot.buckets,
    sentAtMs: slot.takenAtMs,
    headerRate: rateOf(answer.headers['x-amzn-ratelimit-limit']),
    throttledLevel: verdict.throttledLevel,
    throttledBucket: verdict.throttledBucket,
  })
  return verdict.retryAfterMs === undefined ? learnedMs : Math.max(learnedMs ?? 0, verdict.retryAfterMs)
}

function alsoCounted(buckets: readonly BucketDefinition[], operation: string): string[] | null {
  const others = buckets.filter((bucket) => bucket.operation !== operation).map((bucket) => bucket.operation)
  return others.length > 0 ? others : null
}

function rateOf(header: string | undefined): number | undefined {
  const rate = Number(header)
  return header !== undefined && Number.isFinite(rate) && rate > 0 ? rate : undefined
}
