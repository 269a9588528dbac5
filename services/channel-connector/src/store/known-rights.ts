import { findCapability } from '@lockstep/sp-api/capabilities'
import type { CallContext } from '@lockstep/sp-api/outcome'
import type { Kysely } from 'kysely'
import { listCapabilityStates } from './capability-states.ts'
import type { ChannelDb } from './database.ts'

/** What a connection's calls have shown of its roles. A capability that several roles allow proves none of them. */
export async function knownRights(
  db: Kysely<ChannelDb>,
  connectionId: string,
): Promise<Pick<CallContext, 'grantedRoles' | 'deniedRoles' | 'everAccepted'>> {
  const states = await listCapabilityStates(db, connectionId)
  const rolesOf = (state: 'working' | 'refused') =>
    states.filter((one) => one.state === state).map(({ capability }) => findCapability(capability)?.roles ?? [])
  return {
    grantedRoles: rolesOf('working').flatMap((roles) => (roles.length === 1 ? roles : [])),
    deniedRoles: rolesOf('refused').flatMap((roles) => roles.slice(0, 1)),
    everAccepted: states.some(({ workedAt }) => workedAt !== null),
  }
}
