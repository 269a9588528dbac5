import {
  type CallAmazonRequest,
  type CallAmazonResponse,
  CallOutcome,
  GatewayServiceService,
} from '@lockstep/contracts/generated/lockstep/channel/v1/gateway_service.ts'
import { type CallContext, unary } from '@lockstep/rpc/handler'
import { type ServiceBinding, serviceBinding } from '@lockstep/rpc/server'
import { type AmazonOutcome, type AmazonReply, callAmazon, type CallAmazonDeps } from '../commands/call-amazon.ts'
import { getAccount } from '../commands/get-account.ts'
import { refusal } from '../commands/refuse.ts'

/** The one way to Amazon over gRPC, for the services that have no tokens and no buckets of their own. */
export function gatewayServiceBinding(deps: CallAmazonDeps): ServiceBinding {
  return serviceBinding(GatewayServiceService, {
    callAmazon: unary((request: CallAmazonRequest, context) => handleCallAmazon(deps, request, context)),
  })
}

// A caller without a deadline is not made to wait for ever.
const longestWaitMs = 60_000

async function handleCallAmazon(
  deps: CallAmazonDeps,
  request: CallAmazonRequest,
  context: CallContext,
): Promise<CallAmazonResponse> {
  const connectionId = await readConnection(deps, request)
  const reply = await callAmazon(deps, {
    connectionId,
    operation: request.operation,
    path: request.path,
    query: request.query.map(({ name, value }) => [name, value] as const),
    body: request.body,
    lane: request.lane,
    notAfter: request.notAfter ?? context.deadline ?? new Date(Date.now() + longestWaitMs),
    signal: context.signal,
  })
  if (reply.outcome === 'not_sent' && reply.throttledUntil) throw noToken(request, reply, reply.throttledUntil)
  return {
    status: reply.status,
    headers: reply.headers,
    body: Buffer.from(reply.body),
    outcome: outcomes[reply.outcome],
    detail: reply.detail,
    nextStep: reply.nextStep,
    amazonTime: reply.amazonTime,
  }
}

async function readConnection(deps: CallAmazonDeps, request: CallAmazonRequest): Promise<string> {
  if (request.connectionId !== '' && request.accountId !== '') {
    const message = 'account_id and connection_id are both given'
    throw refusal('FIELD_INVALID', { message, field: 'connection_id', value: request.connectionId })
  }
  if (request.connectionId !== '') return request.connectionId
  return (await getAccount(deps.db, request.accountId)).connectionId
}

function noToken(request: CallAmazonRequest, reply: AmazonReply, until: Date): Error {
  return refusal('NO_TOKEN', {
    message: reply.detail,
    field: 'not_after',
    value: request.notAfter?.toISOString() ?? '',
    nextStep: reply.nextStep,
    retryAfterMs: Math.max(1, until.getTime() - Date.now()),
  })
}

const outcomes: Record<AmazonOutcome, CallOutcome> = {
  accepted: CallOutcome.ACCEPTED,
  throttled: CallOutcome.THROTTLED,
  denied: CallOutcome.DENIED,
  authorisation_revoked: CallOutcome.AUTHORISATION_REVOKED,
  application_credentials: CallOutcome.APPLICATION_CREDENTIALS,
  wrong_region: CallOutcome.WRONG_REGION,
  invalid_data: CallOutcome.INVALID_DATA,
  not_found: CallOutcome.NOT_FOUND,
  outage: CallOutcome.OUTAGE,
  unknown: CallOutcome.UNKNOWN,
  not_sent: CallOutcome.NOT_SENT,
}
