import { expect, test } from '@jest/globals'

import { capabilityOfCall } from './capabilities.ts'
import { findOperation, type Operation } from './operations.ts'
import { type CallContext, type CallOutcome, classify } from './outcome.ts'
import type { HttpAnswer } from './transport.ts'

const read = known('searchOrders')
const write = known('patchListingsItem')

function known(name: string): Operation {
  const operation = findOperation(name)
  if (!operation) throw new Error(`no operation ${name}`)
  return operation
}

function answered(status: number, body: unknown = {}): HttpAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return { kind: 'answered', status, headers: {}, body: new TextEncoder().encode(text) }
}

const error = (code: string, message: string, details = '') => ({ errors: [{ code, message, details }] })
const unauthorized = (details: string) => error('Unauthorized', 'Access to requested resource is denied.', details)

type Row = [what: string, status: number, body: unknown, outcome: CallOutcome, nextStep: RegExp]

// The bodies are those that were seen of Amazon: SP-API error responses and their known forms.
const rows: Row[] = [
  ['a success', 200, { orders: [] }, 'accepted', /^$/],
  ['a success without a body', 204, '', 'accepted', /^$/],
  [
    'a quota that is used up',
    429,
    error('QuotaExceeded', 'You exceeded your quota for the requested resource.'),
    'throttled',
    /tried again/,
  ],
  ['a missing role', 403, unauthorized(''), 'denied', /role "Inventory and Order Tracking"/],
  [
    'a report type the roles do not cover',
    403,
    error('Unauthorized', 'Access to the resource is forbidden'),
    'denied',
    /role/,
  ],
  [
    'a token that has expired',
    403,
    unauthorized('The access token you provided has expired.'),
    'token_expired',
    /new access token/,
  ],
  [
    'the gateway incident of 2023',
    403,
    error('Unauthorized', 'The security token included in the request is expired'),
    'token_expired',
    /new access token/,
  ],
  [
    'a revoked token',
    403,
    unauthorized('The access token you provided is revoked, malformed or invalid.'),
    'authorisation_revoked',
    /accounts authorise/,
  ],
  [
    'a path nobody knows',
    403,
    error('MissingAuthenticationToken', 'Missing Authentication Token'),
    'invalid_data',
    /report it/,
  ],
  [
    'a token that did not arrive',
    403,
    unauthorized('Access token is missing in the request header.'),
    'invalid_data',
    /report it/,
  ],
  [
    'data whose restricted role is missing',
    400,
    error(
      'InvalidInput',
      'Application does not have access to one or more requested data elements: [buyerInfo, shippingAddress]',
    ),
    'denied',
    /role "Direct to Consumer Shipping"/,
  ],
  [
    'a limit that all sellers of the application share',
    429,
    error('QuotaExceeded', 'The frequency of requests was greater than what is allowed for the application.'),
    'throttled',
    /tried again/,
  ],
  ['a limit without a body', 429, '', 'throttled', /tried again/],
  ['a denial without a body', 403, '', 'denied', /role "Inventory and Order Tracking"/],
  ['an outage without a body', 503, '', 'outage', /tried again/],
  ['an unauthorised call of the older kind', 401, error('Unauthorized', 'no'), 'token_expired', /new access token/],
  ['a wrong value', 400, error('InvalidInput', 'marketplaceIds is wrong'), 'invalid_data', /correct the value/],
  ['a wrong value in the listings spelling', 400, error('BAD_REQUEST', 'no'), 'invalid_data', /correct/],
  [
    'a malformed request answered in HTML',
    400,
    '<html><head><title>x</title></head></html>',
    'invalid_data',
    /correct/,
  ],
  [
    'an unknown SKU',
    404,
    error('NOT_FOUND', "SKU 'X' not found in marketplace ATVPDKIKX0DER"),
    'not_found',
    /still exists/,
  ],
  ['a body that is too large', 413, {}, 'invalid_data', /correct/],
  ['a format Amazon does not take', 415, {}, 'invalid_data', /correct/],
  [
    'an internal failure',
    500,
    error('InternalFailure', 'We encountered an internal error. Please try again.'),
    'outage',
    /tried again/,
  ],
  [
    'a page that says so in HTML',
    503,
    '<html><title>Website Temporarily Unavailable</title></html>',
    'outage',
    /tried again/,
  ],
  ['a success with nothing in it', 200, '', 'outage', /tried again/],
]

test.each(rows)('[T-30] [S003-40] %s (%i)', (...[, status, body, outcome, nextStep]) => {
  const verdict = classify(answered(status, body), read)

  expect(verdict.outcome).toBe(outcome)
  expect(verdict.nextStep).toMatch(nextStep)
})

const throttled = (what: string) => {
  const message = `The frequency of requests was greater than what is allowed for ${what}.`
  const { throttledLevel, throttledBucket } = classify(answered(429, error('QuotaExceeded', message)), write)
  return [throttledLevel, throttledBucket]
}

test('a 429 tells which limit ran dry, and which of those that operations share', () => {
  const plain = error('QuotaExceeded', 'You exceeded your quota for the requested resource.')

  expect(classify(answered(429, plain), write).throttledLevel).toBe('pair')
  expect(throttled('the application')).toEqual(['application', undefined])
  expect(throttled('relationships')).toEqual(['application', 'relationships'])
  expect(throttled('product data')).toEqual(['application', 'productData'])
})

test.each(['', '{"sku":"A', '<html></html>'])(
  'a write answered 200 with %j may have been taken: nobody knows',
  (body) => {
    expect(classify(answered(200, body), write).outcome).toBe('unknown')
    expect(classify(answered(200, body), read).outcome).toBe('outage')
  },
)

test('a call that never left was not done; one that lost its answer may have been', () => {
  expect(classify({ kind: 'unsent', detail: 'connect ECONNREFUSED' }, write).outcome).toBe('not_sent')
  expect(classify({ kind: 'lost', detail: 'other side closed' }, write).outcome).toBe('unknown')
})

test('a token past its hour is old, not revoked', () => {
  const revoked = answered(403, unauthorized('The access token you provided is revoked, malformed or invalid.'))
  const outcome = (context: CallContext) => classify(revoked, read, context).outcome

  expect(outcome({ tokenAgeMs: 3_600_001 })).toBe('token_expired')
  expect(outcome({ tokenAgeMs: 60_000 })).toBe('authorisation_revoked')
})

const denied = (context: CallContext) => classify(answered(403, unauthorized('')), read, context).outcome

test('denied with the role in hand, and nothing ever accepted: the seller is of another region', () => {
  const grantedRoles = ['Inventory and Order Tracking']

  expect(denied({ grantedRoles, everAccepted: false })).toBe('wrong_region')
  expect(denied({ grantedRoles, everAccepted: true })).toBe('denied')
  expect(denied({ grantedRoles: [], everAccepted: false })).toBe('denied')
})

test('denied in one role after the other, and nothing ever accepted: the region, not every single role', () => {
  const deniedRoles = ['Product Listing']

  expect(denied({ deniedRoles, everAccepted: false })).toBe('wrong_region')
  expect(denied({ deniedRoles, everAccepted: true })).toBe('denied')
  expect(denied({ deniedRoles: ['Inventory and Order Tracking'], everAccepted: false })).toBe('denied')
})

test.each(['QuotaExceeded', 'AccessDeniedException', 'Unauthorized'])(
  '[S003-35] the code %s decides nothing: a 429 is a limit and a 403 a denial, whatever their words',
  (code) => {
    const quota = 'You exceeded your quota for the requested resource.'
    const access = 'Access to requested resource is denied.'
    for (const message of [quota, access, '']) {
      const limit = classify(answered(429, error(code, message)), read)
      const denial = classify(answered(403, error(code, message)), read)

      expect(limit).toMatchObject({ outcome: 'throttled', throttledLevel: 'pair', errorCode: code })
      expect(limit.role).toBeUndefined()
      expect(denial).toMatchObject({ outcome: 'denied', role: 'Inventory and Order Tracking', errorCode: code })
      expect(denial.throttledLevel).toBeUndefined()
    }
  },
)

test('[S003-15] [S003-48] a denial names the capability, what is seen without it, and the role of the feed or report type', () => {
  const needOf = (name: string, body: object) =>
    capabilityOfCall({ operation: known(name), target: '', body: new TextEncoder().encode(JSON.stringify(body)) })
  const verdict = (name: string, body: object) =>
    classify(answered(403, error('Unauthorized', 'Access to the resource is forbidden')), known(name), {
      need: needOf(name, body),
    })

  expect(verdict('createFeed', { feedType: 'JSON_LISTINGS_FEED' })).toMatchObject({
    capability: 'feeds',
    role: 'Product Listing',
    detail: expect.stringMatching(/createFeed of JSON_LISTINGS_FEED.*product data are not updated/),
  })
  expect(verdict('createReport', { reportType: 'GET_FBA_MYI_UNSUPPRESSED_INVENTORY_DATA' })).toMatchObject({
    capability: 'reports',
    role: 'Amazon Fulfillment',
  })
  expect(classify(answered(403), known('confirmShipment'))).toMatchObject({
    capability: 'despatch',
    role: 'Inventory and Order Tracking',
    nextStep: expect.stringContaining('accounts authorise'),
  })
})

const invalid = (message: string) =>
  classify(answered(400, error('InvalidInput', message)), read, { fields: ['marketplaceIds', 'lastUpdatedAfter'] })

test('a wrong value names its field when Amazon does, and none when it does not', () => {
  expect(invalid('Value of lastUpdatedAfter is not a date')).toMatchObject({
    field: 'lastUpdatedAfter',
    nextStep: expect.stringContaining('lastUpdatedAfter'),
  })
  expect(invalid("Invalid parameter 'nextToken'").field).toBe('nextToken')
  expect(invalid('Something is wrong').field).toBeUndefined()
})

test('the header names the exception where the body does not; a wait that Amazon asks for is kept, up to an hour', () => {
  const answer: HttpAnswer = {
    kind: 'answered',
    status: 429,
    headers: { 'x-amzn-errortype': 'QuotaExceededException:http://amazon', 'retry-after': '90000' },
    body: new Uint8Array(),
  }

  expect(classify(answer, read)).toMatchObject({ errorCode: 'QuotaExceededException', retryAfterMs: 3_600_000 })
})

test('what is said never repeats more of a body than its first error', () => {
  const body = { errors: [{ code: 'InvalidInput', message: 'x'.repeat(5_000), details: null }], buyerName: 'Jane' }
  const { detail, errorCode } = classify(answered(400, body), read)

  expect(errorCode).toBe('InvalidInput')
  expect(detail.length).toBeLessThan(600)
  expect(detail).not.toContain('Jane')
})
