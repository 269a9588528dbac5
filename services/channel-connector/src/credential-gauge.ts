import type { Kysely } from 'kysely'
import { consentEnd, daysLeft, secretEnd } from './domain/credential-life.ts'
import { gaugeDaysLeft } from './metrics.ts'
import { listAuthorisedConnections } from './store/connections.ts'
import type { ChannelDb } from './store/database.ts'

/** Reports how many days the first consent and the client secret last, until it is disposed. */
export function gaugeCredentials(db: Kysely<ChannelDb>, secretIssuedAt: Date | undefined): Disposable {
  return gaugeDaysLeft(async () => {
    const now = new Date()
    const [oldest] = await listAuthorisedConnections(db)
    const consent = consentEnd(oldest?.authorisedAt ?? null)
    const secret = secretEnd(secretIssuedAt)
    return { ...(consent && { consent: daysLeft(consent, now) }), ...(secret && { secret: daysLeft(secret, now) }) }
  })
}
