import { expect, test } from '@jest/globals'

import { isLoopback, refuseStrangers } from './guards.ts'

const host = '127.0.0.1:7100'
const request = (method: string, headers: Record<string, string>) => ({ method, headers: { host, ...headers } })

test.each(['127.0.0.1:7100', '127.0.0.1', 'localhost:9000', 'LOCALHOST', '[::1]:7100', 'localhost:80'])(
  '%s is this machine',
  (name) => expect(isLoopback(name)).toBe(true),
)

test.each([
  '',
  'evil.example',
  'localhost.evil.example:7100',
  '127.0.0.1.evil.example',
  'user@127.0.0.1',
  '127.0.0.1/x',
  '127.0.0.1#',
  '0x7f.1',
  '10.0.0.1:7100',
  '127.0.0.2',
])('"%s" is not: a name that was pointed at this machine stays outside', (name) => expect(isLoopback(name)).toBe(false))

test('a request under a foreign name is refused before anything else', () => {
  expect(() => refuseStrangers(request('GET', { host: 'evil.example' }))).toThrow('evil.example')
})

test('a command must come from a page of this console', () => {
  for (const headers of [
    {},
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: 'http://127.0.0.1:7200' },
    { 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'none' },
  ]) {
    expect(() => refuseStrangers(request('POST', headers))).toThrow('does not come from a page of this console')
  }
  for (const headers of [{ origin: `http://${host}` }, { 'sec-fetch-site': 'same-origin' }]) {
    expect(() => refuseStrangers(request('POST', headers))).not.toThrow()
  }
})

test('another site may lead here by a link, and may not read', () => {
  const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }
  const fetch = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }

  expect(() => refuseStrangers(request('GET', link))).not.toThrow()
  expect(() => refuseStrangers(request('GET', fetch))).toThrow('does not come from a page')
  expect(() => refuseStrangers(request('GET', {}))).not.toThrow()
})
