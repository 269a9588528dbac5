import { modelLimits } from '@lockstep/pacing/model-limits'
import type { DescribedCall } from '@lockstep/sp-api/call'
import type { GrantlessScope } from '@lockstep/sp-api/login'
import type { CallOutcome } from '@lockstep/sp-api/outcome'
import type { CallAmazonDeps } from '../../../commands/call-amazon.ts'
import { loggedOutcome } from '../../../domain/logged-outcome.ts'
import type { Region } from '../../../store/account-tables.ts'
import { applicationHold } from '../connection-states.ts'

/** A call without a seller, and what it may cost. */
export interface GrantlessCall {
  call: DescribedCall
  /** Whose endpoint. */
  region: Region
  notAfter: Date
  signal: AbortSignal
}

/** What came of it; `not_sent` when no token of the bucket came in time. */
export interface GrantlessReply {
  outcome: CallOutcome
  body: Uint8Array
  detail: string
  nextStep: string
}

/** What calls without a seller work with. */
export interface GrantlessDeps {
  gateway: Pick<CallAmazonDeps, 'door' | 'lines' | 'callLog'>
  application: string
}

// A token is renewed this long before it ends; a refusal is not asked for again within this time.
const renewBeforeMs = 60_000
const refusalLastsMs = 30_000

interface Kept {
  value: string
  untilMs: number
}

/** Calls that Amazon takes from the application itself, under the application's own buckets and token. */
export class GrantlessCalls {
  readonly #deps: GrantlessDeps
  readonly #tokens = new Map<GrantlessScope, Kept>()
  readonly #asking = new Map<GrantlessScope, Promise<Kept | GrantlessReply>>()

  constructor(deps: GrantlessDeps) {
    this.#deps = deps
  }

  /** Makes one call. It is repeated once, when Amazon turned it away for a token that had expired. */
  async call(wanted: GrantlessCall): Promise<GrantlessReply> {
    const reply = await this.#callOnce(wanted)
    return reply.outcome === 'token_expired' ? this.#callOnce(wanted) : reply
  }

  async #callOnce({ call, region, notAfter, signal }: GrantlessCall): Promise<GrantlessReply> {
    const { application, gateway } = this.#deps
    const prepared = gateway.door.prepare(call)
    const scope = prepared.operation.grantlessScope ?? 'sellingpartnerapi::notifications'
    const token = await this.#token(scope)
    if ('outcome' in token) return token

    const { name } = prepared.operation
    const bucket = { level: 'application', scope: application, operation: name, limit: modelLimits[name] } as const
    const joinedAt = performance.now()
    const slot = await gateway.lines.take({ buckets: [bucket], lane: 'normal', notAfter, signal })
    if (slot.kind === 'given_up') return notSent('the process stops')
    if (slot.kind === 'too_late') return notSent(`no token of ${name} in time`)
    const leftAt = performance.now()
    const answer = await gateway.door.send(prepared, { region, accessToken: token.value })
    const verdict = gateway.door.judge(prepared, answer, {})
    if (verdict.outcome === 'token_expired') this.#tokens.delete(scope)
    gateway.callLog.note({
      at: new Date(),
      // The application's own: there is no connection.
      connection_id: '',
      application,
      operation: name,
      lane: 'normal',
      status: answer.kind === 'answered' ? answer.status : 0,
      outcome: loggedOutcome(name, verdict.outcome),
      throttled_level: verdict.throttledLevel ?? null,
      error_code: verdict.errorCode ?? null,
      request_id: answer.kind === 'answered' ? (answer.headers['x-amzn-requestid'] ?? null) : null,
      waited_ms: Math.round(leftAt - joinedAt),
      duration_ms: Math.round(performance.now() - leftAt),
    })
    const body = answer.kind === 'answered' ? answer.body : new Uint8Array()
    return { outcome: verdict.outcome, body, detail: verdict.detail, nextStep: verdict.nextStep }
  }

  /** One exchange at a time; a token is kept until shortly before its end. */
  #token(scope: GrantlessScope): Promise<Kept | GrantlessReply> {
    const kept = this.#tokens.get(scope)
    if (kept && kept.untilMs > Date.now()) return Promise.resolve(kept)
    const asking = this.#asking.get(scope) ?? this.#exchange(scope)
    this.#asking.set(scope, asking)
    return asking
  }

  async #exchange(scope: GrantlessScope): Promise<Kept | GrantlessReply> {
    const outcome = await this.#deps.gateway.door.exchangeForApplication(scope)
    if (outcome.kind === 'token') {
      this.#asking.delete(scope)
      const token = { value: outcome.value, untilMs: Date.now() + outcome.livesMs - renewBeforeMs }
      this.#tokens.set(scope, token)
      return token
    }
    setTimeout(() => this.#asking.delete(scope), refusalLastsMs).unref()
    const isRefused = outcome.kind === 'application_refused' || outcome.kind === 'wrong_client'
    if (!isRefused) return notSent(outcome.detail)
    const { detail, nextStep } = applicationHold(outcome.detail)
    return { outcome: 'application_credentials', body: new Uint8Array(), detail, nextStep }
  }
}

function notSent(detail: string): GrantlessReply {
  return { outcome: 'not_sent', body: new Uint8Array(), detail, nextStep: 'do nothing: it is tried again' }
}
