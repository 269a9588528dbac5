import type { Connection } from '../../store/connections.ts'
import { countTokenExchange } from '../../metrics.ts'

/** What the token endpoint said to a refresh token. */
export type Exchange =
  | { kind: 'token'; value: string; livesMs: number }
  | { kind: 'revoked' | 'application_refused' | 'failed'; detail: string }
  /** The stored refresh token does not open: it never left this process. */
  | { kind: 'unreadable'; detail: string }

/** An access token and since when there is one, or why there is none. */
export type AccessToken = { kind: 'token'; value: string; sinceMs: number } | Exclude<Exchange, { kind: 'token' }>

/** What the access tokens work with. */
export interface AccessTokensDeps {
  /** Trades a connection's refresh token for an access token. Never throws. */
  exchange(connection: Connection): Promise<Exchange>
  /** Hears how each exchange ended, before anybody gets its result. */
  noteExchange(connection: Connection, exchange: Exchange): Promise<void>
}

interface Kept {
  version: number
  token: { value: string; untilMs: number } | undefined
  /** The exchange that is under way: whoever needs a token meanwhile waits for this one. */
  exchanging: Promise<AccessToken> | undefined
  /** When the last exchange ended well, and when one was refused. */
  exchangedAtMs: number
  refused: { answer: AccessToken; untilMs: number } | undefined
}

// A token is renewed this long before it ends, so that none ends on its way.
const renewBeforeMs = 60_000
// Amazon refuses who exchanges too often; whoever asks within this time of a refusal gets the same one.
const refusalLastsMs = 30_000
const failureLastsMs = 1_000

/**
 * Access tokens of all connections, in memory only. At most one exchange per connection is under way, and in steady state there is one per hour.
 * A refresh token that was replaced takes its access token with it.
 */
export class AccessTokens {
  readonly #deps: AccessTokensDeps
  readonly #kept = new Map<string, Kept>()

  constructor(deps: AccessTokensDeps) {
    this.#deps = deps
  }

  /** The connection's access token, exchanged for when there is none that lasts. */
  async get(connection: Connection): Promise<AccessToken> {
    const kept = this.#keptOf(connection)
    if (kept.token && kept.token.untilMs > Date.now() + renewBeforeMs) return tokenOf(kept, kept.token)
    return this.#exchange(connection, kept)
  }

  /** A token in place of one that Amazon called expired. Of many calls that carried it only the first has it exchanged. */
  async renew(connection: Connection, expired: string): Promise<AccessToken> {
    const kept = this.#keptOf(connection)
    if (kept.token?.value === expired) kept.token = undefined
    return this.get(connection)
  }

  /** Exchanges the refresh token now to see whether it is still good, unless that was seen within `freshMs`. */
  async prove(connection: Connection, freshMs: number): Promise<AccessToken> {
    const kept = this.#keptOf(connection)
    if (kept.token && Date.now() - kept.exchangedAtMs < freshMs) return tokenOf(kept, kept.token)
    kept.refused = undefined
    return this.#exchange(connection, kept)
  }

  /** Forgets the access token of a connection that Amazon shut out, so that no call that still waits leaves with it. */
  refuse(connection: Connection, answer: Exclude<Exchange, { kind: 'token' }>): void {
    const kept = this.#keptOf(connection)
    kept.token = undefined
    kept.refused = { answer, untilMs: Date.now() + refusalLastsMs }
  }

  #keptOf(connection: Connection): Kept {
    const kept = this.#kept.get(connection.id)
    if (kept && kept.version >= connection.tokenVersion) return kept
    const fresh: Kept = {
      version: connection.tokenVersion,
      token: undefined,
      exchanging: undefined,
      exchangedAtMs: 0,
      refused: undefined,
    }
    this.#kept.set(connection.id, fresh)
    return fresh
  }

  #exchange(connection: Connection, kept: Kept): Promise<AccessToken> {
    if (kept.refused && kept.refused.untilMs > Date.now()) return Promise.resolve(kept.refused.answer)
    kept.exchanging ??= this.#exchangeOnce(connection, kept).finally(() => {
      kept.exchanging = undefined
    })
    return kept.exchanging
  }

  async #exchangeOnce(connection: Connection, kept: Kept): Promise<AccessToken> {
    const exchange = await this.#deps.exchange(connection)
    countTokenExchange(exchange.kind === 'token' ? 'ok' : exchange.kind)
    await this.#deps.noteExchange(connection, exchange)
    if (exchange.kind !== 'token') {
      const lastsMs = exchange.kind === 'failed' ? failureLastsMs : refusalLastsMs
      kept.refused = { answer: exchange, untilMs: Date.now() + lastsMs }
      return exchange
    }
    kept.refused = undefined
    kept.exchangedAtMs = Date.now()
    kept.token = { value: exchange.value, untilMs: Date.now() + exchange.livesMs }
    return tokenOf(kept, kept.token)
  }
}

function tokenOf({ exchangedAtMs: sinceMs }: Kept, { value }: { value: string }): AccessToken {
  return { kind: 'token', value, sinceMs }
}
