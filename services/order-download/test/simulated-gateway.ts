import {
  CallOutcome,
  type CallAmazonRequest,
  type CallAmazonResponse,
} from '@lockstep/contracts/generated/lockstep/channel/v1/gateway_service.ts'

/** A way to the simulator as the connector has one to Amazon: it fetches tokens, refreshes an expired one once and says what came of a call. */
export function simulatedGateway(simulatorUrl: string, refreshToken: string) {
  let accessToken: string | undefined
  const fetchToken = async (): Promise<string> => {
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: 'app',
      client_secret: 'secret',
    })
    const answer = await fetch(`${simulatorUrl}/auth/o2/token`, { method: 'POST', body })
    return textIn(await answer.text(), /"access_token":"([^"]+)"/)
  }
  return async (request: CallAmazonRequest): Promise<CallAmazonResponse> => {
    for (let attempt = 1; ; attempt += 1) {
      accessToken ??= await fetchToken()
      const answer = await send(simulatorUrl, request, accessToken)
      if (attempt > 1 || !answer.body.toString().includes('has expired')) return answer
      accessToken = undefined
    }
  }
}

async function send(
  simulatorUrl: string,
  request: CallAmazonRequest,
  accessToken: string,
): Promise<CallAmazonResponse> {
  const paths: Record<string, string> = {
    searchOrders: '/orders/2026-01-01/orders',
    getOrder: `/orders/2026-01-01/orders/${request.path['orderId'] ?? ''}`,
  }
  const url = new URL(paths[request.operation] ?? '/unknown', simulatorUrl)
  for (const { name, value } of request.query) url.searchParams.append(name, value)
  try {
    const answer = await fetch(url, {
      headers: { 'x-amz-access-token': accessToken },
      signal: AbortSignal.timeout(5_000),
    })
    const body = Buffer.from(await answer.arrayBuffer())
    return {
      status: answer.status,
      headers: {},
      body,
      outcome: outcomeOf(answer.status, body.toString()),
      detail: answer.ok ? '' : `Amazon answered ${answer.status}`,
      nextStep: '',
      amazonTime: new Date(answer.headers.get('date') ?? ''),
    }
  } catch {
    const nothing = { status: 0, headers: {}, body: Buffer.alloc(0), amazonTime: undefined }
    return { ...nothing, outcome: CallOutcome.UNKNOWN, detail: 'no answer came', nextStep: '' }
  }
}

function outcomeOf(status: number, body: string): CallOutcome {
  if (status < 300) return CallOutcome.ACCEPTED
  if (status === 429) return CallOutcome.THROTTLED
  if (status === 403) return body.includes('revoked') ? CallOutcome.AUTHORISATION_REVOKED : CallOutcome.DENIED
  if (status === 404) return CallOutcome.NOT_FOUND
  return status < 500 ? CallOutcome.INVALID_DATA : CallOutcome.OUTAGE
}

function textIn(body: string, pattern: RegExp): string {
  const [, text] = pattern.exec(body) ?? []
  if (text === undefined) throw new Error(`the simulator gave no token: ${body}`)
  return text
}
