import { applicationOf, secretLifeMs } from '../login/application.ts'
import type { Application } from '../login/records.ts'
import { isoMillis } from '../times.ts'
import type { World } from '../world.ts'
import { Input } from './input.ts'

/** The application as the control API shows it: without its secret. */
export interface ApplicationView {
  applicationId: string | null
  clientId: string | null
  hasSecret: boolean
  secretExpiresAt: string | null
  redirectUris: string[]
  draft: boolean
}

/** Registers the application or changes what is named. A new secret lasts 180 days unless `secretExpiresAt` says otherwise. */
export function changeApplication(world: World, body: unknown, now: number): ApplicationView {
  const input = new Input(body, [
    'applicationId',
    'clientId',
    'clientSecret',
    'secretExpiresAt',
    'redirectUris',
    'draft',
  ])
  const before = applicationOf(world)
  const clientSecret = input.optionalText('clientSecret')
  const secretExpiresAt = input.optionalTime('secretExpiresAt')
  const redirectUris = input.optionalTexts('redirectUris') ?? before.redirectUris
  if (!redirectUris.every((uri) => URL.canParse(uri))) throw input.wrong('redirectUris', 'must be a list of addresses')
  const application: Application = {
    ...before,
    applicationId: input.optionalText('applicationId') ?? before.applicationId,
    clientId: input.optionalText('clientId') ?? before.clientId,
    clientSecret: clientSecret ?? before.clientSecret,
    secretExpiresAt: secretExpiresAt ?? (clientSecret === undefined ? before.secretExpiresAt : now + secretLifeMs),
    redirectUris,
    draft: input.flag('draft', before.draft),
  }
  if (application.clientSecret !== null && application.clientId === null)
    throw input.wrong('clientId', 'is needed with a secret')
  world.application.save(application)
  return applicationView(world)
}

/** The application as it is registered. */
export function applicationView(world: World): ApplicationView {
  const { clientSecret, secretExpiresAt, applicationId, clientId, redirectUris, draft } = applicationOf(world)
  const expires = secretExpiresAt === null ? null : isoMillis(secretExpiresAt)
  return { applicationId, clientId, hasSecret: clientSecret !== null, secretExpiresAt: expires, redirectUris, draft }
}
