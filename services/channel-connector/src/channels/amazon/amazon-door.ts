import type { CallNature } from '@lockstep/pacing/model-limits'
import type { Secret } from '@lockstep/settings/load'
import { jsonOf } from '@lockstep/sp-api/call'
import { natureOf } from '@lockstep/sp-api/call-nature'
import {
  type CodeExchangeOutcome,
  exchangeClientCredentials,
  exchangeConsentCode,
  type ExchangeOutcome,
  exchangeRefreshToken,
  type GrantlessOutcome,
  type GrantlessScope,
  type LoginClient,
} from '@lockstep/sp-api/login'
import { endpointOf, lwaEndpoint } from '@lockstep/sp-api/marketplaces'
import { findOperation, type Operation, PathParameterError, requestTarget } from '@lockstep/sp-api/operations'
import { type CapabilityNeed, capabilityOfCall } from '@lockstep/sp-api/capabilities'
import { type CallContext, classify, type Verdict } from '@lockstep/sp-api/outcome'
import { checkChannelSku } from '@lockstep/sp-api/sku-encoding'
import { callHttp, type HttpAnswer, openAgent } from '@lockstep/sp-api/transport'
import type { Dispatcher } from 'undici'
import { refusal } from '../../commands/refuse.ts'
import type { Region } from '../../store/account-tables.ts'
import type { Connection } from '../../store/connections.ts'
import { SealBrokenError, type SealingKeys } from '../../store/sealing.ts'
import type { Exchange } from './access-tokens.ts'

/** A call as its caller describes it; nothing in it is encoded yet. */
export interface DescribedCall {
  operation: string
  path: Readonly<Record<string, string>>
  query: readonly (readonly [name: string, value: string])[]
  body: Uint8Array
}

/** A call ready to leave. */
export interface PreparedCall {
  operation: Operation
  /** Path and query, encoded once. */
  target: string
  body: Uint8Array
  /** The right it draws on. */
  need: CapabilityNeed
  /** The names of its parameters and of its body's fields, so that an error can be laid to one. */
  fields: readonly string[]
  /** What decides about the buckets it is counted in. */
  nature: CallNature
}

/** Where Amazon is and who we are there. */
export interface AmazonDoorSettings {
  /** In place of every region's own endpoint. */
  endpoint: string | undefined
  lwaEndpoint: string | undefined
  clientId: string
  clientSecret: Secret
  requestTimeoutMs: number
}

/** Builds calls, carries them and reads their answers. It knows nothing of buckets and of tokens' lives. */
export class AmazonDoor implements AsyncDisposable {
  readonly #settings: AmazonDoorSettings
  readonly #keys: SealingKeys
  readonly #agent: Dispatcher = openAgent()
  // A request that has left is waited for whatever its caller does: giving up would not call it back, only leave its outcome unknown.
  readonly #never = new AbortController().signal

  constructor(settings: AmazonDoorSettings, keys: SealingKeys) {
    this.#settings = settings
    this.#keys = keys
  }

  /** Refuses an operation that is not known and a path that cannot be built. */
  prepare(call: DescribedCall): PreparedCall {
    const operation = findOperation(call.operation)
    if (!operation) {
      const message = `"${call.operation}" is no operation that the gateway knows`
      throw refusal('OPERATION_UNKNOWN', { message, field: 'operation', value: call.operation })
    }
    const target = targetOf(operation, call)
    const need = capabilityOfCall({ operation, target, body: call.body })
    return { operation, target, body: call.body, need, fields: fieldNames(call), nature: natureOf(call) }
  }

  /** Sends once, within the request's time. Never throws. */
  async send(call: PreparedCall, to: { region: Region; accessToken: string }): Promise<HttpAnswer> {
    return callHttp(this.#agent, {
      origin: this.#settings.endpoint ?? endpointOf(to.region),
      method: call.operation.method,
      target: call.target,
      headers: {
        accept: 'application/json',
        'x-amz-access-token': to.accessToken,
        'x-amz-date': amazonDate(new Date()),
        ...(call.body.length > 0 && { 'content-type': 'application/json' }),
      },
      body: call.body,
      timeoutMs: this.#settings.requestTimeoutMs,
      signal: this.#never,
    })
  }

  /** What an answer means, with what is known of the connection. */
  judge({ operation, need, fields }: PreparedCall, answer: HttpAnswer, known: CallContext): Verdict {
    return classify(answer, operation, { ...known, need, fields })
  }

  /** Trades a connection's refresh token for an access token. The token is opened here, used once and kept nowhere. */
  async exchange(connection: Connection): Promise<Exchange> {
    const refreshToken = this.#openToken(connection)
    if (refreshToken === undefined) return { kind: 'unreadable', detail: 'the stored refresh token does not open' }
    return exchangeOf(await exchangeRefreshToken(this.#agent, { ...this.#loginClient(), refreshToken }))
  }

  /** Tries a refresh token that is stored nowhere yet. Never throws. */
  async tryToken(refreshToken: string): Promise<Exchange> {
    return exchangeOf(await exchangeRefreshToken(this.#agent, { ...this.#loginClient(), refreshToken }))
  }

  /** Trades the code of a seller's consent for a refresh token. Never throws. */
  exchangeCode(code: string, redirectUri: string | undefined): Promise<CodeExchangeOutcome> {
    const redirect = redirectUri === undefined ? {} : { redirectUri }
    return exchangeConsentCode(this.#agent, { ...this.#loginClient(), code, ...redirect })
  }

  /** Asks for a token of the application alone, for calls without a seller. */
  async exchangeForApplication(scope: GrantlessScope): Promise<GrantlessOutcome> {
    return exchangeClientCredentials(this.#agent, { ...this.#loginClient(), scope })
  }

  #loginClient(): LoginClient {
    return {
      endpoint: this.#settings.lwaEndpoint ?? lwaEndpoint,
      clientId: this.#settings.clientId,
      clientSecret: this.#settings.clientSecret.reveal(),
      timeoutMs: this.#settings.requestTimeoutMs,
      signal: this.#never,
    }
  }

  /** Undefined when the key is gone, or the bytes are those of another connection. */
  #openToken(connection: Connection): string | undefined {
    try {
      return connection.token && this.#keys.open(connection.token, connection.id)
    } catch (error) {
      if (error instanceof SealBrokenError) return undefined
      throw error
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.close()
  }
}

/** A token of another application is mended by authorising again, as a revoked one is. What Amazon does not understand is asked again: it may come to. */
function exchangeOf(outcome: ExchangeOutcome): Exchange {
  if (outcome.kind === 'wrong_client') return { kind: 'revoked', detail: outcome.detail }
  return outcome.kind === 'malformed' ? { kind: 'failed', detail: outcome.detail } : outcome
}

function targetOf(operation: Operation, call: DescribedCall): string {
  const sku = call.path['sku']
  const check = sku === undefined ? undefined : checkChannelSku(sku)
  if (check?.kind === 'refused') {
    throw refusal('CHANNEL_SKU_INVALID', { message: check.detail, field: 'path.sku', value: sku?.slice(0, 60) ?? '' })
  }
  const odd = [...Object.entries(call.path), ...call.query].find(([, value]) => !value.isWellFormed() || isDots(value))
  if (odd) {
    const message = `"${odd[0]}" cannot be part of an address`
    throw refusal('FIELD_INVALID', { message, field: `path.${odd[0]}`, value: odd[1].toWellFormed() })
  }
  try {
    return requestTarget(operation, call)
  } catch (error) {
    if (!(error instanceof PathParameterError)) throw error
    throw refusal('FIELD_INVALID', { message: error.message, field: `path.${error.parameter}` })
  }
}

function fieldNames({ path, query, body }: DescribedCall): string[] {
  const json = body.length === 0 ? undefined : jsonOf(body)
  const inBody = typeof json === 'object' && json !== null ? Object.keys(json) : []
  return [...query.map(([name]) => name), ...Object.keys(path), ...inBody]
}

/** Every HTTP client takes these for folders. */
function isDots(value: string): boolean {
  return value === '.' || value === '..'
}

/** 20261121T101500Z, as Amazon asks for it. */
function amazonDate(now: Date): string {
  return now.toISOString().replaceAll(/[-:]|\.\d{3}/g, '')
}
