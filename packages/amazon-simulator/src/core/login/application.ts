import type { World } from '../world.ts'
import type { Application } from './records.ts'

/** Amazon wants a new client secret every 180 days. */
export const secretLifeMs = 180 * 24 * 3600 * 1000
/** How long the old secret works beside a new one; Amazon's own figure is not known for sure. */
const overlapMs = 7 * 24 * 3600 * 1000

const unregistered: Application = {
  applicationId: null,
  clientId: null,
  clientSecret: null,
  secretExpiresAt: null,
  oldSecret: null,
  oldSecretUntil: 0,
  redirectUris: [],
  draft: false,
}

/** The application, with everything open until something is registered. */
export function applicationOf(world: World): Application {
  return world.application.find('application') ?? unregistered
}

/**
 * Whether a client id and its secret are good. Without a registered client and without `lwaClients` every client is.
 * A secret past its 180 days is as good as a wrong one.
 */
export function isClientAuthentic(world: World, client: { id: string; secret: string }, now: number): boolean {
  const application = applicationOf(world)
  const clients = world.settings.lwaClients
  if (application.clientId === client.id && application.clientSecret !== null) {
    const isCurrent = client.secret === application.clientSecret
    const isFresh = application.secretExpiresAt === null || now < application.secretExpiresAt
    return (isCurrent && isFresh) || (client.secret === application.oldSecret && now < application.oldSecretUntil)
  }
  if (Object.hasOwn(clients, client.id)) return clients[client.id] === client.secret
  return Object.keys(clients).length === 0 && application.clientId === null
}

/** Puts a new secret in the place of the old one, which works a little longer. */
export function rotateSecret(world: World, application: Application, now: number): Application {
  const rotated = {
    ...application,
    oldSecret: application.clientSecret,
    oldSecretUntil: now + overlapMs,
    clientSecret: `amzn1.oa2-cs.v1.${world.ids.hex('client-secret', 64)}`,
    secretExpiresAt: now + secretLifeMs,
  }
  world.application.save(rotated)
  return rotated
}
