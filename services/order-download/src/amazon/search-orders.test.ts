import { expect, test } from '@jest/globals'
import {
  CallOutcome,
  type CallAmazonResponse,
} from '@lockstep/contracts/generated/lockstep/channel/v1/gateway_service.ts'
import type { PollWindow } from '../domain/poll-window.ts'
import { readSearchReply, searchCallOf } from './search-orders.ts'

const readAt = new Date('2026-11-21T12:00:05Z')

test('[T-06] [T-07] a page is asked for in UTC, a hundred at a time, without an upper bound or a status filter', () => {
  const { query } = searchCallOf(aWindow({ paginationToken: 'next' }))

  expect(Object.fromEntries(query)).toEqual({
    marketplaceIds: 'M1,M2',
    lastUpdatedAfter: '2026-11-21T11:45:00.000Z',
    includedData: 'FULFILLMENT,CANCELLATION',
    maxResultsPerPage: '100',
    paginationToken: 'next',
  })
})

test('[T-09] the bound is the one that Amazon echoes', () => {
  const page = anAnswer({ body: { orders: [], lastUpdatedBefore: '2026-11-21T11:58:00Z' } })

  expect(readSearchReply(page, aWindow(), readAt)).toMatchObject({
    kind: 'page',
    bound: new Date('2026-11-21T11:58:00Z'),
    nextToken: null,
  })
})

test("[T-06] without an echoed bound it is Amazon's own time less three minutes, never ours", () => {
  const page = anAnswer({ body: { orders: [] }, amazonTime: new Date('2026-11-21T09:00:00Z') })

  expect(readSearchReply(page, aWindow(), readAt)).toMatchObject({ bound: new Date('2026-11-21T08:57:00Z') })
})

test.each([
  [CallOutcome.THROTTLED, null, { kind: 'throttled' }],
  [CallOutcome.DENIED, null, { kind: 'denied', maybeDatasets: true }],
  [CallOutcome.AUTHORISATION_REVOKED, null, { kind: 'denied', maybeDatasets: false }],
  [CallOutcome.APPLICATION_CREDENTIALS, null, { kind: 'denied', maybeDatasets: false }],
  [CallOutcome.WRONG_REGION, null, { kind: 'denied', maybeDatasets: false }],
  [CallOutcome.INVALID_DATA, null, { kind: 'failed' }],
  [CallOutcome.INVALID_DATA, 'old', { kind: 'token_refused' }],
  [CallOutcome.NOT_FOUND, null, { kind: 'failed' }],
  [CallOutcome.OUTAGE, null, { kind: 'failed' }],
  [CallOutcome.UNKNOWN, null, { kind: 'failed' }],
  [CallOutcome.NOT_SENT, null, { kind: 'failed' }],
  [CallOutcome.ACCEPTED, null, { kind: 'failed' }],
])('%s with token %p: %j', (outcome, paginationToken, expected) => {
  const answer = anAnswer({ outcome, body: '<html>' })

  expect(readSearchReply(answer, aWindow({ paginationToken }), readAt)).toMatchObject(expected)
})

function aWindow(given: Partial<PollWindow> = {}): PollWindow {
  return {
    kind: 'regular',
    accountIds: ['acc_1'],
    marketplaceIds: ['M1', 'M2'],
    updatedAfter: '2026-11-21T11:45:00.000Z',
    includedData: ['FULFILLMENT', 'CANCELLATION'],
    paginationToken: null,
    startedAt: '2026-11-21T12:00:00.000Z',
    bound: null,
    orders: 0,
    changed: 0,
    ...given,
  }
}

function anAnswer(given: { body: unknown; outcome?: CallOutcome; amazonTime?: Date }): {
  answer: CallAmazonResponse
  detail: string
} {
  const { body, outcome = CallOutcome.ACCEPTED, amazonTime } = given
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const answer = { status: 200, headers: {}, body: Buffer.from(text), outcome, detail: '', nextStep: '', amazonTime }
  return { answer, detail: 'what it means' }
}
