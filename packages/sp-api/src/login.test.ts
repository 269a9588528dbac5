import { expect, test } from '@jest/globals'
import fc from 'fast-check'

import { type LoginRefusal, readCodeExchange, readExchange, readGrantless } from './login.ts'

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const readers = { refresh: readExchange, code: readCodeExchange, alone: readGrantless }
const token = { access_token: 'Atza|x', token_type: 'bearer', expires_in: 3600, refresh_token: 'Atzr|y' }

type Row = [asked: keyof typeof readers, code: string, status: number, kind: LoginRefusal['kind']]

// The codes and what they mean: Login with Amazon, as SP-API integrators meet them.
const rows: Row[] = [
  ['refresh', 'invalid_grant', 400, 'revoked'],
  ['code', 'invalid_grant', 400, 'code_spent'],
  ['alone', 'invalid_grant', 400, 'malformed'],
  ['refresh', 'unauthorized_client', 400, 'wrong_client'],
  ['code', 'unauthorized_client', 400, 'wrong_client'],
  ['alone', 'unauthorized_client', 400, 'wrong_client'],
  ['refresh', 'invalid_client', 401, 'application_refused'],
  ['code', 'invalid_client', 401, 'application_refused'],
  ['alone', 'invalid_client', 401, 'application_refused'],
  ['refresh', 'access_denied', 400, 'application_refused'],
  ['refresh', 'invalid_request', 400, 'malformed'],
  ['code', 'unsupported_grant_type', 400, 'malformed'],
  ['alone', 'invalid_scope', 400, 'malformed'],
  ['refresh', 'server_error', 500, 'failed'],
  ['code', 'temporarily_unavailable', 503, 'failed'],
  ['alone', 'something_new', 400, 'failed'],
]

test.each(rows)('asked by %s, the token endpoint says %s (%i): %s', (...[asked, code, status, kind]) => {
  const outcome = readers[asked](status, bytes({ error: code, error_description: 'Atzr|sent' }))

  expect(outcome.kind).toBe(kind)
  expect(JSON.stringify(outcome)).not.toContain('Atzr|')
})

test('a token is read with its life; a code brings the refresh token with it', () => {
  expect(readExchange(200, bytes(token))).toEqual({ kind: 'token', value: 'Atza|x', livesMs: 3_600_000 })
  expect(readGrantless(200, bytes({ ...token, refresh_token: undefined }))).toMatchObject({ kind: 'token' })
  expect(readCodeExchange(200, bytes(token))).toEqual({
    kind: 'authorised',
    value: 'Atza|x',
    livesMs: 3_600_000,
    refreshToken: 'Atzr|y',
  })
})

test('a success without the token that was asked for is none', () => {
  expect(readExchange(200, bytes({})).kind).toBe('failed')
  expect(readCodeExchange(200, bytes({ ...token, refresh_token: undefined })).kind).toBe('failed')
})

test('what an answer says is repeated nowhere, whatever it is', () => {
  fc.assert(
    fc.property(fc.string(), fc.integer({ min: 200, max: 599 }), (text, status) => {
      const outcome = readExchange(status, bytes({ error: `${text}Atzr|`, error_description: text }))
      expect('detail' in outcome && outcome.detail).not.toContain('Atzr|')
    }),
  )
})
