import { status } from '@grpc/grpc-js'
import type {
  CallAmazonResponse,
  GatewayServiceClient,
} from '@lockstep/contracts/generated/lockstep/channel/v1/gateway_service.ts'
import { call } from '@lockstep/rpc/client'
import { isServiceError, type Refusal, refusalOf } from '@lockstep/rpc/refusal'

import type { DescribedCall } from './call.ts'

/** A call to Amazon for the gateway to make. */
export interface GatewayCall {
  /** Whose token and buckets; one of the two. */
  readonly accountId?: string
  readonly connectionId?: string
  readonly call: DescribedCall
  /** The lane in its bucket; the operation's own when absent. */
  readonly lane?: string
  /** How long it may wait for a token; without one by then it is planned for later. */
  readonly tokenWaitMs: number
  /** Whether the gateway may be asked again when its connection breaks: only for reads. */
  readonly readOnly: boolean
  readonly signal: AbortSignal
}

/** What came of asking the gateway. */
export type GatewayReply =
  /** The call was made; its outcome says what Amazon did. */
  | { readonly kind: 'answered'; readonly answer: CallAmazonResponse; readonly detail: string }
  /** Nothing was done: no token came in time. */
  | { readonly kind: 'no_token'; readonly retryAt: Date | undefined; readonly detail: string }
  /** Nothing was done: the connection is held, or the account is gone. */
  | { readonly kind: 'refused'; readonly detail: string }
  /** The gateway gave no answer: the call may have been made. */
  | { readonly kind: 'lost'; readonly detail: string }

const TIMEOUT_BEYOND_WAIT_MS = 20_000

/** Asks the gateway to make one call, and says in every case whether it may have been made. Throws only for faults of our own and an aborted signal. */
export async function callThroughGateway(gateway: GatewayServiceClient, wanted: GatewayCall): Promise<GatewayReply> {
  const { operation, path, query, body } = wanted.call
  const request = {
    accountId: wanted.accountId ?? '',
    connectionId: wanted.connectionId ?? '',
    operation,
    path: { ...path },
    query: query.map(([name, value]) => ({ name, value })),
    body: Buffer.from(body),
    lane: wanted.lane ?? '',
    notAfter: new Date(Date.now() + wanted.tokenWaitMs),
  }
  const settings = {
    timeoutMs: wanted.tokenWaitMs + TIMEOUT_BEYOND_WAIT_MS,
    readOnly: wanted.readOnly,
    signal: wanted.signal,
  }
  try {
    const answer = await call(gateway, 'callAmazon', request, settings)
    return { kind: 'answered', answer, detail: detailOf(answer) }
  } catch (error) {
    wanted.signal.throwIfAborted()
    return replyOf(error)
  }
}

function replyOf(error: unknown): GatewayReply {
  if (!isServiceError(error)) throw error
  const refusal = refusalOf(error)
  if (!refusal) return { kind: 'lost', detail: `the gateway gave no answer: ${error.details}` }
  const detail = `${refusal.message}: ${refusal.nextStep}`
  if (error.code !== status.RESOURCE_EXHAUSTED) return { kind: 'refused', detail }
  return { kind: 'no_token', retryAt: retryTime(refusal), detail }
}

function retryTime({ retryAfter }: Refusal): Date | undefined {
  return retryAfter && new Date(Date.now() + Number(retryAfter.seconds) * 1000 + retryAfter.nanos / 1_000_000)
}

function detailOf({ detail, nextStep, status: httpStatus }: CallAmazonResponse): string {
  const words = [detail, nextStep].filter((text) => text !== '').join(': ')
  return words === '' ? `Amazon answered ${String(httpStatus)}` : words
}
