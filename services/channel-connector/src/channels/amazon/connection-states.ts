import type { Logger } from '@lockstep/telemetry/logger'
import type { Kysely } from 'kysely'
import { type Connection, saveConnectionState } from '../../store/connections.ts'
import type { ChannelDb } from '../../store/database.ts'
import type { Exchange } from './access-tokens.ts'

/** What keeping the states of connections needs. */
export interface ConnectionStatesDeps {
  db: Kysely<ChannelDb>
  log: Logger
}

/** Why a connection's calls are held, in words for its reader. */
export interface Hold {
  outcome: 'authorisation_revoked' | 'application_credentials'
  detail: string
  nextStep: string
}

// The application's credentials are repaired by a new setting, not by a new token: one call asks again after this time.
const applicationProbeMs = 60_000

/**
 * Whether a connection's calls are held, and why. Held calls are answered without anything being sent, so that queues keep their place
 * and Amazon hears nothing from a connection it has shut out. A new refresh token lets them go.
 */
export function holdOf(connection: Connection): Hold | undefined {
  if (connection.state === 'reauthorise') return revokedHold(connection.detail)
  const isRecent = connection.stateAgeMs < applicationProbeMs
  return connection.state === 'application_refused' && isRecent ? applicationHold(connection.detail) : undefined
}

/** The hold of a connection whose seller took the authorisation back. */
export function revokedHold(detail: string): Hold {
  const nextStep = 'authorise the account again: lockstep accounts authorise <account>'
  return { outcome: 'authorisation_revoked', detail, nextStep }
}

/** The hold of connections whose application Amazon does not let in. */
export function applicationHold(detail: string): Hold {
  const nextStep = 'check AMAZON_LWA_CLIENT_ID and AMAZON_LWA_CLIENT_SECRET; the secret must be renewed every 180 days'
  return { outcome: 'application_credentials', detail, nextStep }
}

/** What mends a stored token that does not open. */
export const unreadableNextStep =
  'restore the key file, or authorise the account again: lockstep accounts authorise <account>'

/** Notes what an exchange showed of its connection. A failed one shows nothing. */
export async function noteExchange(
  deps: ConnectionStatesDeps,
  connection: Connection,
  exchange: Exchange,
): Promise<void> {
  if (exchange.kind === 'token') await noteState(deps, connection, { state: 'connected', detail: '' })
  if (exchange.kind === 'revoked') await noteState(deps, connection, { state: 'reauthorise', detail: exchange.detail })
  if (exchange.kind === 'application_refused') {
    await noteState(deps, connection, { state: 'application_refused', detail: exchange.detail })
  }
  if (exchange.kind === 'unreadable' || exchange.kind === 'failed') logWithoutToken(deps, connection, exchange)
}

/** Says that a connection has no access token, whatever the reason. */
function logWithoutToken({ log }: ConnectionStatesDeps, connection: Connection, exchange: Exchange): void {
  const facts = {
    connection_id: connection.id,
    seller: connection.sellerId,
    region: connection.region,
    kind: exchange.kind,
  }
  if (exchange.kind === 'unreadable') log.error(facts, 'stored refresh token does not open')
  else log.warn(facts, 'no access token')
}

/** Keeps how a connection stands and says so once. */
export async function noteState(
  deps: ConnectionStatesDeps,
  connection: Connection,
  found: { state: 'connected' | 'reauthorise' | 'application_refused'; detail: string },
): Promise<void> {
  const finding = { connectionId: connection.id, tokenVersion: connection.tokenVersion, ...found }
  if (!(await saveConnectionState(deps.db, finding))) return
  const facts = {
    connection_id: connection.id,
    seller: connection.sellerId,
    region: connection.region,
    state: found.state,
  }
  if (found.state === 'connected') deps.log.info(facts, 'connection let in')
  else deps.log.error(facts, 'connection held')
}
