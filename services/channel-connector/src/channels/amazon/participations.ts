import { z } from 'zod'
import type { Connection } from '../../store/connections.ts'

/** A marketplace that a seller takes part in. */
export interface Participation {
  marketplaceId: string
  country: string
  isParticipating: boolean
  isSuspended: boolean
}

// Sellers v1, getMarketplaceParticipations: an envelope with payload.
const Body = z.object({
  payload: z.array(
    z.object({
      marketplace: z.object({ id: z.string(), countryCode: z.string() }),
      participation: z.object({ isParticipating: z.boolean(), hasSuspendedListings: z.boolean().default(false) }),
    }),
  ),
})

const keptMs = 90_000

/** What Amazon last said of each connection's marketplaces, kept for a minute and a half: longer than its bucket takes for a token. */
export class Participations {
  readonly #kept = new Map<string, { version: number; untilMs: number; participations: Participation[] }>()

  /** What was said to this connection's present token not long ago. */
  find(connection: Connection): Participation[] | undefined {
    const kept = this.#kept.get(connection.id)
    const isGood = kept && kept.version === connection.tokenVersion && kept.untilMs > Date.now()
    return isGood ? kept.participations : undefined
  }

  /** Reads and keeps an answer; undefined when it is not of Amazon's shape. */
  keep(connection: Connection, body: Uint8Array): Participation[] | undefined {
    const read = Body.safeParse(jsonOf(body))
    if (!read.success) return undefined
    const participations = read.data.payload.map(({ marketplace, participation }) => ({
      marketplaceId: marketplace.id,
      country: marketplace.countryCode,
      isParticipating: participation.isParticipating,
      isSuspended: participation.hasSuspendedListings,
    }))
    this.#kept.set(connection.id, {
      version: connection.tokenVersion,
      untilMs: Date.now() + keptMs,
      participations,
    })
    return participations
  }
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'))
  } catch {
    // Cut short or not JSON: the schema says so.
    return undefined
  }
}
