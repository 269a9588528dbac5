import { beforeEach, describe, expect, test } from '@jest/globals'
import { inProcessSeller, startInProcess, type InProcessAmazon, type InProcessAnswer } from '../../in-process-client.ts'
import { changeApplication } from '../control/application.ts'
import { receiveMessages } from '../queue/queues.ts'
import { checkConsent, grantConsent, type ConsentRequest } from './consent.ts'

const { sellerId, refreshToken } = inProcessSeller
const dayMs = 24 * 3600 * 1000
const redirectUri = 'http://127.0.0.1:7300/connect/amazon'
const consent: ConsentRequest = {
  applicationId: 'amzn1.sellerapps.app.1',
  state: 'state-1',
  redirectUri,
  version: undefined,
}
let amazon: InProcessAmazon

beforeEach(() => {
  amazon = startInProcess()
})

function token(form: Record<string, string>): InProcessAnswer {
  const body = new URLSearchParams({ client_id: 'app', client_secret: 's', ...form }).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  return amazon.send({ method: 'POST', target: '/auth/o2/token', headers, body })
}

function callWith(accessToken: unknown, target = '/sellers/v1/marketplaceParticipations'): InProcessAnswer {
  return amazon.send({ method: 'GET', target, headers: { 'x-amz-access-token': String(accessToken) } })
}

/** Lets the seller agree and returns the code. */
function agree(request: Partial<ConsentRequest> = {}): string {
  const { world } = amazon.simulator
  const seller = world.sellers.find(`${sellerId}|EU`)
  if (!seller) throw new Error('the seller is there from the start')
  const granted = grantConsent(world, seller, { request: { ...consent, ...request }, now: amazon.clock.now() })
  if (granted.kind === 'refused') throw new Error(granted.message)
  return new URL(granted.redirectUri).searchParams.get('spapi_oauth_code') ?? ''
}

const exchange = (code: string, more: Record<string, string> = {}) =>
  token({ grant_type: 'authorization_code', code, redirect_uri: redirectUri, ...more })

describe('the token endpoint tells every error apart', () => {
  const form = 'application/x-www-form-urlencoded'
  const malformed = { error: 'invalid_request', error_description: 'Malformed request' }
  const badRefreshToken = {
    error: 'invalid_grant',
    error_description: 'The request has an invalid grant parameter : refresh_token',
  }
  const badCode = {
    error: 'invalid_grant',
    error_description: 'The request has an invalid grant parameter : code',
  }
  const unsupported = {
    error: 'unsupported_grant_type',
    error_description: 'The authorization grant type is not supported by the authorization server',
  }
  const wrongScope = {
    error: 'invalid_scope',
    error_description: 'The requested scope is invalid, unknown, or malformed',
  }
  const credentials = 'client_id=a&client_secret=s'
  test.each([
    { name: 'a body that is no form', contentType: 'application/json', body: '{}', expected: malformed },
    { name: 'no grant type', body: credentials, expected: malformed },
    { name: 'no secret', body: 'grant_type=refresh_token&client_id=a', expected: malformed },
    { name: 'no refresh token', body: `grant_type=refresh_token&${credentials}`, expected: malformed },
    { name: 'no code', body: `grant_type=authorization_code&${credentials}`, expected: malformed },
    { name: 'no scope', body: `grant_type=client_credentials&${credentials}`, expected: malformed },
    { name: 'another grant type', body: `grant_type=password&${credentials}`, expected: unsupported },
    {
      name: 'an unknown refresh token',
      body: `grant_type=refresh_token&refresh_token=x&${credentials}`,
      expected: badRefreshToken,
    },
    { name: 'an unknown code', body: `grant_type=authorization_code&code=x&${credentials}`, expected: badCode },
    {
      name: 'a scope that is none',
      body: `grant_type=client_credentials&scope=sellingpartnerapi::orders&${credentials}`,
      expected: wrongScope,
    },
  ])('$name', ({ contentType, body, expected }) => {
    const headers = { 'content-type': contentType ?? form }
    const answer = amazon.send({ method: 'POST', target: '/auth/o2/token', headers, body })

    expect(answer.status).toBe(400)
    expect(answer.json).toEqual(expected)
  })

  test('a wrong secret and an unknown client are 401 invalid_client', () => {
    amazon.simulator.world.settings = { ...amazon.simulator.world.settings, lwaClients: { app: 'right' } }

    for (const client of [{ client_secret: 'wrong' }, { client_id: 'other', client_secret: 'right' }]) {
      const answer = token({ grant_type: 'refresh_token', refresh_token: refreshToken, ...client })
      expect([answer.status, answer.json['error']]).toEqual([401, 'invalid_client'])
    }
    expect(token({ grant_type: 'refresh_token', refresh_token: refreshToken, client_secret: 'right' }).status).toBe(200)
  })

  test('a refresh token made for another client is unauthorized_client', () => {
    amazon.simulator.addSeller({ ...inProcessSeller, refreshToken: 'Atzr|bound', clientId: 'mine' })

    const stranger = token({ grant_type: 'refresh_token', refresh_token: 'Atzr|bound' })
    const owner = token({ grant_type: 'refresh_token', refresh_token: 'Atzr|bound', client_id: 'mine' })

    expect([stranger.status, stranger.json['error']]).toEqual([400, 'unauthorized_client'])
    expect(owner.status).toBe(200)
  })
})

describe('a code', () => {
  test('becomes a new refresh token beside the old ones, and never works twice', () => {
    const code = agree()

    const first = exchange(code)
    const again = exchange(code)

    expect(first.json).toMatchObject({ token_type: 'bearer', expires_in: 3600 })
    expect(first.json['refresh_token']).not.toBe(refreshToken)
    expect(callWith(first.json['access_token']).status).toBe(200)
    expect(again.json['error_description']).toBe('The request has an invalid grant parameter : code')
    for (const valid of [refreshToken, String(first.json['refresh_token'])])
      expect(token({ grant_type: 'refresh_token', refresh_token: valid }).status).toBe(200)
  })

  test('is dead after five minutes', () => {
    const [early, late] = [agree(), agree()]

    amazon.clock.advance(5 * 60_000 - 1)
    expect(exchange(early).status).toBe(200)
    amazon.clock.advance(1)
    expect(exchange(late).json['error']).toBe('invalid_grant')
  })

  test('is refused with another redirect address and for another client', () => {
    changeApplication(amazon.simulator.world, { clientId: 'app' }, amazon.clock.now())
    amazon.simulator.world.settings = { ...amazon.simulator.world.settings, lwaClients: { other: 's', app: 's' } }
    const code = agree()

    expect(exchange(code, { redirect_uri: 'http://127.0.0.1:7300/elsewhere' }).json['error']).toBe('invalid_grant')
    expect(exchange(code, { client_id: 'other' }).json['error']).toBe('invalid_grant')
    expect(exchange(code).status).toBe(200)
  })
})

test('grantless tokens are refused for sellers, and sellers’ tokens for grantless operations', () => {
  const scope = 'sellingpartnerapi::notifications'
  const grantless = token({ grant_type: 'client_credentials', scope })
  const rotation = token({ grant_type: 'client_credentials', scope: 'sellingpartnerapi::client_credential:rotation' })
  const sellers = token({ grant_type: 'refresh_token', refresh_token: refreshToken })
  const destinations = '/notifications/v1/destinations'

  expect(grantless.json['refresh_token']).toBeUndefined()
  expect(callWith(grantless.json['access_token'], destinations).status).toBe(200)
  expect(callWith(rotation.json['access_token'], destinations).status).toBe(403)
  expect(callWith(grantless.json['access_token']).status).toBe(403)
  expect(callWith(sellers.json['access_token'], destinations).status).toBe(403)
  amazon.clock.advance(3_600_000)
  expect(JSON.stringify(callWith(grantless.json['access_token'], destinations).json)).toContain('expired')
})

test('[T-69] an authorisation runs out after 365 days, for calls and for tokens, until the seller renews it', () => {
  const authorized = exchange(agree())
  const refresh = { grant_type: 'refresh_token', refresh_token: String(authorized.json['refresh_token']) }

  amazon.clock.advance(365 * dayMs - 60_000)
  const last = token(refresh)
  expect(callWith(last.json['access_token']).status).toBe(200)

  amazon.clock.advance(60_000)
  expect(token(refresh).json['error_description']).toContain('User may have revoked')
  expect(JSON.stringify(callWith(last.json['access_token']).json)).toContain('revoked')

  exchange(agree())
  expect(token(refresh).status).toBe(200)
})

test('a client secret dies after 180 days and takes the whole application down', () => {
  const secret = { client_id: 'app', client_secret: 'first' }
  changeApplication(amazon.simulator.world, { clientId: 'app', clientSecret: 'first' }, amazon.clock.now())
  const refresh = { grant_type: 'refresh_token', refresh_token: refreshToken, ...secret }

  amazon.clock.advance(180 * dayMs - 1)
  expect(token(refresh).status).toBe(200)
  amazon.clock.advance(1)
  expect([token(refresh).status, token(refresh).json['error']]).toEqual([401, 'invalid_client'])

  changeApplication(amazon.simulator.world, { clientSecret: 'second' }, amazon.clock.now())
  expect(token({ ...refresh, client_secret: 'second' }).status).toBe(200)
})

test('a secret rotated by API comes by queue; the old one works for another week', () => {
  const now = amazon.clock.now()
  changeApplication(amazon.simulator.world, { clientId: 'app', clientSecret: 's' }, now)
  const fetch = (scope: string) =>
    String(token({ grant_type: 'client_credentials', scope: `sellingpartnerapi::${scope}` }).json['access_token'])
  const [rotation, notifications] = [fetch('client_credential:rotation'), fetch('notifications')]
  const post = (target: string, accessToken: string, body: object) =>
    amazon.send({ method: 'POST', target, headers: { 'x-amz-access-token': accessToken }, body: JSON.stringify(body) })
  const sqs = { arn: 'arn:aws:sqs:eu-west-1:123456789012:secrets' }

  expect(post('/applications/2023-11-30/clientSecret', rotation, {}).status).toBe(400)
  post('/notifications/v1/destinations', notifications, { name: 'secrets', resourceSpecification: { sqs } })
  amazon.clock.advance(60_000)
  const rotated = post('/applications/2023-11-30/clientSecret', rotation, {})
  const call = { most: 1, visibilityTimeoutMs: undefined, now: amazon.clock.now() }
  const [received] = receiveMessages(amazon.simulator.world, '123456789012/secrets', call)
  const secret = /"newClientSecret":"([^"]+)"/.exec(received?.message.body ?? '')?.[1] ?? ''
  const refresh = { grant_type: 'refresh_token', refresh_token: refreshToken }

  expect([rotated.status, rotated.bytes.length]).toEqual([204, 0])
  expect(token({ ...refresh, client_secret: secret }).status).toBe(200)
  expect(token(refresh).status).toBe(200)
  amazon.clock.advance(7 * dayMs)
  expect(token(refresh).status).toBe(401)
  expect(token({ ...refresh, client_secret: secret }).status).toBe(200)
})

const check = (request: Partial<ConsentRequest>) => checkConsent(amazon.simulator.world, { ...consent, ...request })

describe('the consent address', () => {
  test('is MD1000 for a draft without version=beta', () => {
    changeApplication(amazon.simulator.world, { draft: true }, amazon.clock.now())

    expect(check({})).toMatchObject({ kind: 'refused', code: 'MD1000' })
    expect(check({ version: 'beta' })).toMatchObject({ kind: 'askable' })
  })

  test('is MD5101 for a redirect address that is not registered; loopback is until one is', () => {
    expect(check({ redirectUri: 'https://example.org/' })).toMatchObject({ kind: 'refused', code: 'MD5101' })
    expect(check({ redirectUri: 'http://localhost:1/x' })).toMatchObject({ kind: 'askable' })

    changeApplication(amazon.simulator.world, { redirectUris: ['https://example.org/'] }, amazon.clock.now())
    expect(check({})).toMatchObject({ kind: 'refused', code: 'MD5101' })
    expect(check({ redirectUri: undefined })).toMatchObject({ kind: 'askable', redirectUri: 'https://example.org/' })
  })
})
