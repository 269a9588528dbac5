import type { DescribedCall } from '@lockstep/sp-api/call'
import {
  createDestinationCall,
  createSubscriptionCall,
  deleteSubscriptionCall,
  getDestinationsCall,
  getSubscriptionCall,
  notificationTypes,
  type NotificationType,
  readDestination,
  readDestinations,
  readSubscription,
} from '@lockstep/sp-api/notifications'
import type { Kysely } from 'kysely'
import type { AmazonOutcome } from '../domain/amazon-reply.ts'
import type { Connection } from '../store/connections.ts'
import type { ChannelDb } from '../store/database.ts'
import {
  type DestinationKey,
  findDestination,
  forgetDestination,
  saveDestination,
} from '../store/notification-subscriptions.ts'
import type { CallAmazon } from './read-live.ts'

/** What a call without a seller brought. */
export interface ApplicationReply {
  outcome: AmazonOutcome | 'token_expired'
  body: Uint8Array
  detail: string
  nextStep: string
}

/** What keeping subscriptions works with. */
export interface KeepSubscribedDeps {
  db: Kysely<ChannelDb>
  queueArn: string
  callAmazon: CallAmazon
  /** A call of the application itself. */
  callAsApplication(wanted: {
    call: DescribedCall
    region: Connection['region']
    notAfter: Date
    signal: AbortSignal
  }): Promise<ApplicationReply>
}

/** How the subscriptions of a connection stand; `passes` when trying again soon is worth it. */
export interface SubscriptionCheck {
  state: 'subscribed' | 'partly' | 'failed'
  detail: string
  passes: boolean
}

/** Why something is not as wanted. */
interface Problem {
  detail: string
  passes: boolean
}

interface Round {
  connection: Connection
  destination: DestinationKey
  destinationId: string
  signal: AbortSignal
}

const types = Object.keys(notificationTypes).filter((name): name is NotificationType =>
  Object.hasOwn(notificationTypes, name),
)
/** A token a second is enough for what is asked here once a day. */
const waitForTokenMs = 30_000

/**
 * Sees to it that Amazon sends this seller's notifications to our queue: looks what is there and makes what is missing, so it may run at any time and any
 * number of times. What cannot be had is said by name; nothing depends on it.
 */
export async function keepSubscribed(
  deps: KeepSubscribedDeps,
  connection: Connection,
  signal: AbortSignal,
): Promise<SubscriptionCheck> {
  const { application, region } = connection
  const destination: DestinationKey = { application, region, queueArn: deps.queueArn }
  const destinationId = await knownDestination(deps, destination, signal)
  if (typeof destinationId !== 'string') return { state: 'failed', ...destinationId }

  const round: Round = { connection, destination, destinationId, signal }
  const problems: Problem[] = []
  for (const type of types) {
    const problem = await subscribe(deps, round, type)
    if (problem) problems.push({ ...problem, detail: `${type}: ${problem.detail}` })
  }
  if (problems.length === 0) return { state: 'subscribed', detail: '', passes: false }
  return {
    state: problems.length < types.length ? 'partly' : 'failed',
    detail: problems
      .map(({ detail }) => detail)
      .join('; ')
      .slice(0, 2_000),
    passes: problems.some(({ passes }) => passes),
  }
}

async function knownDestination(
  deps: KeepSubscribedDeps,
  key: DestinationKey,
  signal: AbortSignal,
): Promise<string | Problem> {
  const known = await findDestination(deps.db, key)
  if (known !== undefined) return known
  const ask = (call: DescribedCall) => deps.callAsApplication({ call, region: key.region, notAfter: tokenBy(), signal })

  const listed = await ask(getDestinationsCall())
  const destinations = listed.outcome === 'accepted' ? readDestinations(listed.body) : undefined
  if (!destinations) return problemOf(listed, 'the destinations of the application cannot be listed')
  let found = destinations.find(({ queueArn }) => queueArn === key.queueArn)
  if (!found) {
    const made = await ask(
      createDestinationCall({ name: `lockstep-${key.region.toLowerCase()}`, queueArn: key.queueArn }),
    )
    found = made.outcome === 'accepted' ? readDestination(made.body) : undefined
    if (!found) return problemOf(made, `Amazon does not take ${key.queueArn} for a destination`)
  }
  await saveDestination(deps.db, key, found.destinationId)
  return found.destinationId
}

/** Undefined when the subscription is there and sends to our queue. */
async function subscribe(deps: KeepSubscribedDeps, round: Round, type: NotificationType): Promise<Problem | undefined> {
  const { destinationId, connection, signal } = round
  const asked = await askAsSeller(deps, round, getSubscriptionCall(type))
  if (asked.outcome === 'accepted') {
    const there = readSubscription(asked.body)
    if (there?.destinationId === destinationId) return undefined
    if (!there) return problemOf({ outcome: 'outage' }, 'Amazon answered with something that is no subscription')
    // There can be one of each type: the queue that is set now is the one that is wanted.
    const call = deleteSubscriptionCall(type, there.subscriptionId)
    const wanted = { call, region: connection.region, notAfter: tokenBy(), signal }
    const gone = await deps.callAsApplication(wanted)
    if (gone.outcome !== 'accepted' && gone.outcome !== 'not_found')
      return problemOf(gone, 'a subscription for another queue cannot be ended')
  } else if (asked.outcome !== 'not_found') return problemOf(asked, 'it cannot be asked for')

  const made = await askAsSeller(deps, round, createSubscriptionCall(type, { destinationId }))
  if (made.outcome === 'accepted') return undefined
  // The destination was removed at Amazon: the next check makes it anew.
  if (made.outcome === 'not_found') await forgetDestination(deps.db, round.destination)
  const problem = problemOf(made, 'it cannot be made')
  return made.outcome === 'not_found' ? { ...problem, passes: true } : problem
}

function askAsSeller(deps: KeepSubscribedDeps, { connection, signal }: Round, call: DescribedCall) {
  return deps.callAmazon({ ...call, connectionId: connection.id, notAfter: tokenBy(), signal })
}

const passing = new Set<ApplicationReply['outcome']>(['throttled', 'outage', 'unknown', 'not_sent', 'token_expired'])

function problemOf(
  { outcome, detail, nextStep }: Pick<ApplicationReply, 'outcome'> & Partial<ApplicationReply>,
  what: string,
): Problem {
  const words = [what, detail, nextStep].filter((word) => word !== undefined && word !== '')
  return { detail: words.join(': '), passes: passing.has(outcome) }
}

function tokenBy(): Date {
  return new Date(Date.now() + waitForTokenMs)
}
