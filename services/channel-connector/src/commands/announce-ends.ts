import type { Logger } from '@lockstep/telemetry/logger'
import type { Kysely } from 'kysely'
import { consentEnd, daysLeft, isAnnounced, secretEnd, secretNextStep } from '../domain/credential-life.ts'
import { listAuthorisedConnections } from '../store/connections.ts'
import type { ChannelDb } from '../store/database.ts'
import { nameAccountOf } from './name-account.ts'

/** What announcing needs. */
export interface AnnounceEndsDeps {
  db: Kysely<ChannelDb>
  log: Logger
  /** When the application's client secret was issued; undefined when nobody said. */
  secretIssuedAt?: Date | undefined
}

/** Warns of every consent and of the client secret that end within a month, or have ended. Called once a day for all replicas. */
export async function announceEnds({ db, log, secretIssuedAt }: AnnounceEndsDeps, now: Date): Promise<void> {
  const secret = secretEnd(secretIssuedAt)
  if (isAnnounced(secret, now)) {
    log.warn({ ends_at: secret, days_left: daysLeft(secret, now), next_step: secretNextStep }, 'client secret ends')
  }
  for (const { id, sellerId, region, authorisedAt } of await listAuthorisedConnections(db)) {
    const end = consentEnd(authorisedAt)
    if (!isAnnounced(end, now)) continue
    const next_step = await nameAccountOf(db, id, 'authorise again: lockstep accounts authorise <account>')
    const facts = {
      connection_id: id,
      seller: sellerId,
      region,
      ends_at: end,
      days_left: daysLeft(end, now),
      next_step,
    }
    log.warn(facts, 'consent of a seller ends')
  }
}
