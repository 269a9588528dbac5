import { type Participation, readParticipations } from '@lockstep/sp-api/sellers'
import type { Connection } from '../../store/connections.ts'

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
    const participations = readParticipations(body)
    if (participations) {
      const untilMs = Date.now() + keptMs
      this.#kept.set(connection.id, { version: connection.tokenVersion, untilMs, participations })
    }
    return participations
  }
}
