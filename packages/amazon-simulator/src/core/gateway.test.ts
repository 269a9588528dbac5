import { beforeEach, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { addFault } from './control/faults.ts'
import { changeRoles } from './control/sellers.ts'
import { changeSettings } from './control/settings.ts'
import { listBuckets } from './buckets.ts'
import type { JsonObject } from './json.ts'
import { startInProcess, inProcessSeller, type InProcessAmazon } from '../in-process-client.ts'

const { sellerId } = inProcessSeller
const uk = 'A1F83G8C2ARO7P'
let amazon: InProcessAmazon

beforeEach(() => {
  amazon = startInProcess({ settings: { propagationMs: 0 } })
  create('PLAIN')
})

const create = (sku: string) =>
  amazon.simulator.putListing({ sellerId, sku, marketplaceId: uk, asin: 'B000000001', title: sku, quantity: 5 })
const itemPath = (sku: string) =>
  `/listings/2021-08-01/items/${sellerId}/${encodeURIComponent(sku)}?marketplaceIds=${uk}`
const getItem = (sku = 'PLAIN') => amazon.call('GET', itemPath(sku))
const quantityDocument = (quantity: number) => ({
  productType: 'PRODUCT',
  patches: [
    {
      op: 'merge',
      path: '/attributes/fulfillment_availability',
      value: [{ fulfillment_channel_code: 'DEFAULT', quantity }],
    },
  ],
})
const fault = (body: JsonObject) => addFault(amazon.simulator.world, body, amazon.clock.now())
const errorOf = (answer: { json: JsonObject }) => (answer.json['errors'] as JsonObject[] | undefined)?.[0]
const journal = () => amazon.simulator.world.journal.read({}).entries
const login = (form: Record<string, string>, type = 'application/x-www-form-urlencoded') =>
  amazon.send({
    method: 'POST',
    target: '/auth/o2/token',
    headers: { 'content-type': type },
    body: new URLSearchParams(form).toString(),
  })
const goodLogin = {
  grant_type: 'refresh_token',
  refresh_token: inProcessSeller.refreshToken,
  client_id: 'app',
  client_secret: 's',
}

const skus = fc
  .oneof(
    fc.constantFrom(
      'A/B 1+2',
      'CAFÉ-☕-1',
      '50%',
      '100%25',
      'a+b',
      'x&y',
      'x#y',
      'x?y',
      'a|b',
      '$@',
      '＆',
      '😀',
      'Abc',
      'abc',
      'abc ',
      '%2F',
      "it's",
      'a;b=c',
      '日本',
    ),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }),
  )
  .filter((sku) => sku !== '.' && sku !== '..' && Array.from(sku).length <= 40)

test('[T-38] a SKU encoded once comes back byte for byte, written and read', () => {
  fc.assert(
    fc.property(skus, fc.integer({ min: 0, max: 999 }), (sku, quantity) => {
      create(sku)
      amazon.clock.advance(1000)

      const written = amazon.call('PATCH', itemPath(sku), quantityDocument(quantity))
      const read = getItem(sku)

      expect(written.json).toMatchObject({ sku, status: 'ACCEPTED' })
      expect(read.json['sku']).toBe(sku)
      expect(amazon.simulator.liveQuantity(sellerId, sku)).toBe(quantity)
      expect(journal().at(-1)?.sku).toBe(sku)
    }),
  )
})

test('[T-38] a SKU encoded twice is another SKU: 404 NOT_FOUND with the rate header', () => {
  create('A/B 1')
  const answer = amazon.call(
    'GET',
    `/listings/2021-08-01/items/${sellerId}/${encodeURIComponent(encodeURIComponent('A/B 1'))}?marketplaceIds=${uk}`,
  )

  expect(answer.status).toBe(404)
  expect(errorOf(answer)).toMatchObject({
    code: 'NOT_FOUND',
    message: `SKU 'A%2FB%201' not found in marketplace ${uk}`,
  })
  expect(answer.headers['x-amzn-ratelimit-limit']).toBe('5.0')
})

test('[T-38] a bare slash in a SKU answers 403 with empty details', () => {
  create('A/B')
  const answer = amazon.call('GET', `/listings/2021-08-01/items/${sellerId}/A/B?marketplaceIds=${uk}`)

  expect(answer.status).toBe(403)
  expect(errorOf(answer)).toEqual({
    code: 'Unauthorized',
    message: 'Access to requested resource is denied.',
    details: '',
  })
})

test.each(['.', '..', '%2E', '%2e%2E'])('[T-39] a dot segment %s never reaches a listing', (segment) => {
  expect(amazon.call('GET', `/listings/2021-08-01/items/${sellerId}/${segment}?marketplaceIds=${uk}`).status).toBe(403)
})

test.each([
  ['GET', '/orders/v0/orders'],
  ['PUT', itemPath('PLAIN')],
  ['GET', '/nothing'],
  ['DELETE', '/orders/2026-01-01/orders'],
])('%s %s is no operation: 403 MissingAuthenticationToken without a rate header', (method, target) => {
  const answer = amazon.call(method, target)

  expect(answer.status).toBe(403)
  expect(errorOf(answer)?.['code']).toBe('MissingAuthenticationToken')
  expect(answer.headers).not.toHaveProperty('x-amzn-ratelimit-limit')
})

test('[T-41] SKUs that differ in case or a trailing space are three SKUs', () => {
  create('Abc')
  create('abc')

  expect([getItem('Abc').status, getItem('abc').status, getItem('abc ').status]).toEqual([200, 200, 404])
})

test('the rate header is on 200, 400 and 404 and not on 403 and 429; the request id is on all', () => {
  const good = getItem()
  const bad = amazon.call('GET', `/listings/2021-08-01/items/${sellerId}/PLAIN`)
  const missing = getItem('NOBODY')
  const foreign = amazon.call('GET', `/listings/2021-08-01/items/A2OTHER/PLAIN?marketplaceIds=${uk}`)
  for (let i = 0; i < 10; i++) getItem()
  const throttled = getItem()

  const answers = [good, bad, missing, foreign, throttled]
  expect(answers.map(({ status }) => status)).toEqual([200, 400, 404, 403, 429])
  expect(answers.map(({ headers }) => headers['x-amzn-ratelimit-limit'])).toEqual([
    '5.0',
    '5.0',
    '5.0',
    undefined,
    undefined,
  ])
  for (const { headers } of answers) expect(headers['x-amzn-requestid']).toMatch(/^[0-9a-f]{32}$/)
})

test('a bucket empties after its burst, refills at its rate and counts both', () => {
  const statuses = Array.from({ length: 12 }, () => getItem().status)
  amazon.clock.advance(200)
  const after = [getItem().status, getItem().status]

  expect(statuses).toEqual([...Array.from({ length: 10 }, () => 200), 429, 429])
  expect(after).toEqual([200, 429])
  const { world } = amazon.simulator
  const seller = world.sellers.find(`${sellerId}|EU`)
  const buckets = seller ? listBuckets(world, seller, amazon.clock.now()) : []
  expect(buckets.find(({ operation, level }) => operation === 'getListingsItem' && level === 'pair')).toMatchObject({
    rate: 5,
    burst: 10,
    ok: 11,
    throttled: 3,
  })
})

test('a 429 has Amazon’s body and the journal tells how many tokens were there', () => {
  for (let i = 0; i < 10; i++) getItem()
  const answer = getItem()

  expect(errorOf(answer)).toEqual({
    code: 'QuotaExceeded',
    message: 'You exceeded your quota for the requested resource.',
    details: '',
  })
  expect(journal().at(-1)).toMatchObject({ status: 429, errorCode: 'QuotaExceeded', tokensBefore: 0, fault: null })
  expect(journal().at(-2)?.tokensBefore).toBe(1)
})

test('buckets of two operations and of two sellers never wait for each other', () => {
  for (let i = 0; i < 11; i++) getItem()

  expect(amazon.call('GET', `/listings/2021-08-01/items/${sellerId}?marketplaceIds=${uk}`).status).toBe(200)
})

test('previews share 20 a second over all sellers of an application, beside each seller’s own 5', () => {
  changeSettings(amazon.simulator.world, { rates: { patchListingsItem: { rate: 1000, burst: 1000 } } })
  const preview = () => amazon.call('PATCH', `${itemPath('PLAIN')}&mode=VALIDATION_PREVIEW`, quantityDocument(1))
  const answers = Array.from({ length: 21 }, preview)

  expect(answers.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(20)
  expect(errorOf(answers[20] ?? { json: {} })?.['message']).toBe(
    'The frequency of requests was greater than what is allowed for the application.',
  )
})

test('patches of product data share 100 a second over all sellers of an application', () => {
  changeSettings(amazon.simulator.world, { rates: { patchListingsItem: { rate: 1000, burst: 1000 } } })
  const document = {
    productType: 'PRODUCT',
    patches: [{ op: 'replace', path: '/attributes/item_name', value: [{ value: 'New' }] }],
  }
  const answers = Array.from({ length: 101 }, () => amazon.call('PATCH', itemPath('PLAIN'), document))

  expect(answers.at(-1)?.status).toBe(429)
  expect(errorOf(answers.at(-1) ?? { json: {} })?.['message']).toContain('for product data.')
})

test('a token is bearer, lives an hour, and an expired one answers 403 "has expired"', () => {
  expect(login(goodLogin).json).toMatchObject({
    token_type: 'bearer',
    expires_in: 3600,
    refresh_token: inProcessSeller.refreshToken,
  })
  getItem()
  amazon.clock.advance(3_600_000)

  const late = getItem()
  expect([late.status, errorOf(late)?.['details']]).toEqual([403, 'The access token you provided has expired.'])
  amazon.forgetToken()
  expect(getItem().status).toBe(200)
})

test('a missing and a made-up token say so in the details', () => {
  const without = amazon.send({ method: 'GET', target: itemPath('PLAIN') })
  const invented = amazon.send({
    method: 'GET',
    target: itemPath('PLAIN'),
    headers: { 'x-amz-access-token': 'Atza|nope' },
  })

  expect([without.status, errorOf(without)?.['details']]).toEqual([
    403,
    'Access token is missing in the request header.',
  ])
  expect([invented.status, errorOf(invented)?.['details']]).toEqual([
    403,
    'The access token you provided is revoked, malformed or invalid.',
  ])
})

test.each([
  ['no grant type', { ...goodLogin, grant_type: '' }, [400, 'invalid_request']],
  ['another grant', { ...goodLogin, grant_type: 'password' }, [400, 'unsupported_grant_type']],
  ['an unknown refresh token', { ...goodLogin, refresh_token: 'Atzr|nobody' }, [400, 'invalid_grant']],
  ['no secret', { ...goodLogin, client_secret: '' }, [400, 'invalid_request']],
])('LWA refuses %s', (_name, form, refusal) => {
  const answer = login(form)

  expect([answer.status, answer.json['error']]).toEqual(refusal)
  expect(answer.json['error_description']).toEqual(expect.any(String))
})

test('LWA reads form encoding only and knows its clients once they are set', () => {
  expect(login(goodLogin, 'application/json').json['error']).toBe('invalid_request')
  changeSettings(amazon.simulator.world, { lwaClients: { app: 'right' } })

  const wrong = login(goodLogin)
  expect([wrong.status, wrong.json['error']]).toEqual([401, 'invalid_client'])
  expect(login({ ...goodLogin, client_secret: 'right' }).status).toBe(200)
})

test('the journal never holds a token or a secret', () => {
  getItem()

  const text = JSON.stringify(journal())
  expect(text).not.toContain('Atz')
  expect(text).not.toContain('client_secret')
  expect(journal()[0]).toMatchObject({
    operation: 'lwaToken',
    sellerId,
    body: { grant_type: 'refresh_token', client_id: 'app' },
    status: 200,
  })
})

test('[S003-16] without its role an operation answers 403 with empty details', () => {
  changeRoles(amazon.simulator.world, { sellerId, revoke: ['Product Listing'] })
  const refused = getItem()

  expect([refused.status, errorOf(refused)?.['details']]).toEqual([403, ''])
})

test('[S003-43] a role that is granted works with the next access token, not with one from before', () => {
  changeRoles(amazon.simulator.world, { sellerId, revoke: ['Product Listing'] })
  amazon.forgetToken()
  const without = getItem()
  changeRoles(amazon.simulator.world, { sellerId, grant: ['Product Listing'] })
  const withOldToken = getItem()
  amazon.forgetToken()
  const withNewToken = getItem()

  expect([without.status, withOldToken.status, withNewToken.status]).toEqual([403, 403, 200])
})

test('a marketplace the seller is not in answers 403, one that does not exist 400', () => {
  const path = `/listings/2021-08-01/items/${sellerId}/PLAIN?marketplaceIds=`
  const answers = ['ATVPDKIKX0DER', 'NOWHERE'].map((marketplaceId) => amazon.call('GET', path + marketplaceId))

  expect(answers.map(({ status }) => status)).toEqual([403, 400])
})

test('getMarketplaceParticipations lists the marketplaces of the grant and no seller id', () => {
  const answer = amazon.call('GET', '/sellers/v1/marketplaceParticipations')

  expect(answer.json['payload']).toHaveLength(3)
  expect(new TextDecoder().decode(answer.bytes)).not.toContain(`"sellerId"`)
})

test('a body that is no JSON answers 400, another content type 415', () => {
  const headers = { 'x-amz-access-token': String(login(goodLogin).json['access_token']) }
  const send = (type: string, body: string) =>
    amazon.send({ method: 'PATCH', target: itemPath('PLAIN'), headers: { ...headers, 'content-type': type }, body })
      .status

  expect([send('application/json', '{'), send('text/xml', '<a/>')]).toEqual([400, 415])
})

test('[T-10] fault throttle: 429 though a token is there, and the token stays', () => {
  fault({ match: { operation: 'getListingsItem' }, action: 'throttle', count: 1 })
  const first = getItem()

  expect(first.status).toBe(429)
  expect(journal().at(-1)).toMatchObject({ fault: 'throttle', tokensBefore: 10 })
  expect(getItem().status).toBe(200)
  expect(journal().at(-1)?.tokensBefore).toBe(10)
})

test('fault deny: 403 with empty details', () => {
  fault({ match: { sku: 'PLAIN' }, action: 'deny' })
  create('OTHER')

  expect([getItem().status, errorOf(getItem())?.['details'], getItem('OTHER').status]).toEqual([403, '', 200])
})

test('fault expire-token: "has expired" once per token in use, a fresh token is good', () => {
  getItem()
  fault({ match: { sellerId }, action: 'expire-token' })

  expect(errorOf(getItem())?.['details']).toBe('The access token you provided has expired.')
  amazon.clock.advance(1)
  amazon.forgetToken()
  expect(getItem().status).toBe(200)
})

test('fault revoke: LWA answers invalid_grant and calls answer 403 "revoked"', () => {
  getItem()
  fault({ match: { sellerId }, action: 'revoke' })

  expect(errorOf(getItem())?.['details']).toContain('revoked')
  const refused = login(goodLogin)
  expect([refused.status, refused.json['error']]).toEqual([400, 'invalid_grant'])
})

test('faults server-error and html-503', () => {
  fault({ action: 'server-error', count: 1 })
  const broken = getItem()
  fault({ action: 'html-503', count: 1 })
  const unavailable = getItem()

  expect([broken.status, errorOf(broken)?.['code']]).toEqual([500, 'InternalFailure'])
  expect([unavailable.status, unavailable.headers['content-type']]).toEqual([503, 'text/html'])
})

test('faults timeout-before and drop do nothing, timeout-after does the work and stays silent', () => {
  const patch = (quantity: number) => amazon.call('PATCH', itemPath('PLAIN'), quantityDocument(quantity)).kind
  fault({ action: 'timeout-before', count: 1 })
  const before = [patch(7), amazon.simulator.liveQuantity(sellerId, 'PLAIN'), journal().at(-1)?.status]
  fault({ action: 'drop', count: 1 })
  const dropped = [patch(8), amazon.simulator.liveQuantity(sellerId, 'PLAIN')]
  fault({ action: 'timeout-after', count: 1 })
  const after = [patch(9), amazon.simulator.liveQuantity(sellerId, 'PLAIN'), journal().at(-1)?.status]

  expect(before).toEqual(['silence', 5, 0])
  expect(dropped).toEqual(['cut', 5])
  expect(after).toEqual(['silence', 9, 200])
})

test('faults delay and corrupt', () => {
  fault({ action: 'delay', delayMs: 700, count: 1 })
  const late = getItem()
  fault({ action: 'corrupt', count: 1 })
  const cut = getItem()

  expect([late.status, late.delayMs]).toEqual([200, 700])
  expect([cut.status, cut.json]).toEqual([200, {}])
  expect(cut.bytes.length).toBeGreaterThan(0)
})

test('a fault without count holds until its time is over', () => {
  fault({ action: 'server-error', forMs: 5000 })

  expect([getItem().status, getItem().status]).toEqual([500, 500])
  amazon.clock.advance(5000)
  expect(getItem().status).toBe(200)
})

test('the journal is read from a sequence number, from an instant and by filter', () => {
  getItem()
  amazon.clock.advance(1000)
  const since = new Date(amazon.clock.now()).toISOString()
  getItem('NOBODY')
  const { journal: kept } = amazon.simulator.world

  expect(kept.read({ since: '2' }).entries.map(({ seq }) => seq)).toEqual([2, 3])
  expect(kept.read({ since }).entries.map(({ sku }) => sku)).toEqual(['NOBODY'])
  expect(kept.read({ operation: 'lwaToken' }).entries).toHaveLength(1)
  expect(kept.read({ limit: 1 })).toMatchObject({ entries: [{ seq: 1 }], nextSince: 2 })
  expect(kept.read({})).toMatchObject({ nextSince: 4 })
})

test('the same seed gives the same ids', () => {
  const ids = ['same', 'same', 'other'].map((seed) => {
    const { json } = startInProcess({ seed }).call('PATCH', itemPath('PLAIN'), quantityDocument(1))
    return json['submissionId']
  })

  expect(ids[0]).toBe(ids[1])
  expect(ids[0]).not.toBe(ids[2])
})
