import { afterEach, beforeEach, expect, jest, test } from '@jest/globals'
import type { Connection } from '../../store/connections.ts'
import { AccessTokens, type Exchange } from './access-tokens.ts'

const hourMs = 3_600_000

beforeEach(() => {
  jest.useFakeTimers({ now: new Date('2026-11-27T00:00:00Z') })
})
afterEach(() => {
  jest.useRealTimers()
})

const aConnection = (id: string): Connection => ({
  id,
  sellerId: 'A1',
  region: 'EU',
  application: 'app',
  api: 'sp_api',
  token: undefined,
  tokenVersion: 1,
  state: 'connected',
  detail: '',
  stateAt: new Date(),
  stateAgeMs: 0,
  authorisedAt: new Date(),
})

/** Tokens whose exchanges are counted per connection; each one lives an hour, as Amazon's do. */
function countedTokens(answer: () => Exchange = () => ({ kind: 'token', value: 'Atza|1', livesMs: hourMs })) {
  const exchanges: number[] = []
  const tokens = new AccessTokens({
    exchange: async () => {
      exchanges.push(Date.now())
      return answer()
    },
    noteExchange: async () => {},
  })
  return { tokens, exchanges }
}

test('[T-68] a day of calls exchanges once an hour, always a minute before the token ends', async () => {
  const { tokens, exchanges } = countedTokens()
  const connection = aConnection('con_1')

  for (let at = 0; at < 24 * 60; at += 1) {
    const token = await tokens.get(connection)
    expect(token).toMatchObject({ kind: 'token' })
    jest.advanceTimersByTime(60_000)
  }

  const gaps = exchanges.slice(1).map((at, index) => at - (exchanges[index] ?? 0))
  expect(exchanges.length).toBeLessThanOrEqual(25)
  expect(Math.min(...gaps)).toBe(hourMs - 60_000)
})

test('[T-68] a hundred calls at once, and a hundred that carried one expired token, exchange once', async () => {
  const { tokens, exchanges } = countedTokens()
  const connection = aConnection('con_1')
  await Promise.all(Array.from({ length: 100 }, () => tokens.get(connection)))
  expect(exchanges).toHaveLength(1)

  await Promise.all(Array.from({ length: 100 }, () => tokens.renew(connection, 'Atza|1')))

  expect(exchanges).toHaveLength(2)
})

test('[T-69] a refusal is not asked about again for half a minute, and says nothing of another connection', async () => {
  let isRevoked = true
  const { tokens, exchanges } = countedTokens(() =>
    isRevoked ? { kind: 'revoked', detail: 'gone' } : { kind: 'token', value: 'Atza|2', livesMs: hourMs },
  )
  await tokens.get(aConnection('con_1'))
  await tokens.get(aConnection('con_1'))
  expect(exchanges).toHaveLength(1)

  isRevoked = false

  expect(await tokens.get(aConnection('con_2'))).toMatchObject({ kind: 'token', value: 'Atza|2' })
  expect(await tokens.get(aConnection('con_1'))).toMatchObject({ kind: 'revoked' })
  jest.advanceTimersByTime(30_001)
  expect(await tokens.get(aConnection('con_1'))).toMatchObject({ kind: 'token' })
})
