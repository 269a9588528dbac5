import { expect, test } from '@jest/globals'
import { afterPage, filtersOf, isStale, nextWindow, restarted, type PollAccount, type PollPlan } from './poll-window.ts'

const now = new Date('2026-11-21T12:00:00Z')
const minutesAgo = (minutes: number): Date => new Date(now.getTime() - minutes * 60_000)

test('an account that never went live gets the open orders of the last 30 days, and only this run has filters', () => {
  const window = nextWindow(
    aPlan({ accounts: [aLiveAccount(), { ...aLiveAccount('acc_2'), goLiveAt: null, coveredUntil: null }] }),
  )

  expect(window).toMatchObject({ kind: 'first_run', accountIds: ['acc_2'], updatedAfter: '2026-10-22T12:00:00.000Z' })
  expect(window && filtersOf(window)).toEqual({
    fulfillmentStatuses: ['UNSHIPPED', 'PARTIALLY_SHIPPED', 'PENDING', 'PENDING_AVAILABILITY'],
    fulfilledBy: ['MERCHANT'],
  })
})

test('[S003-3] [T-09] every enabled marketplace is read in one call from the echoed bound minus the overlap, unfiltered', () => {
  const window = nextWindow(aPlan({ accounts: [aLiveAccount('acc_2', 'M2'), aLiveAccount('acc_1', 'M1')] }))

  expect(window).toMatchObject({
    kind: 'regular',
    marketplaceIds: ['M1', 'M2'],
    updatedAfter: '2026-11-21T11:45:00.000Z',
  })
  expect(window && filtersOf(window)).toEqual({})
})

test('an account that is behind the cursor is filled in by itself first', () => {
  const behind = { ...aLiveAccount('acc_2', 'M2'), coveredUntil: minutesAgo(600) }

  const window = nextWindow(aPlan({ accounts: [aLiveAccount(), behind] }))

  expect(window).toMatchObject({ kind: 'back_fill', accountIds: ['acc_2'], updatedAfter: '2026-11-21T01:50:00.000Z' })
})

test('a connection without accounts has nothing to read', () => {
  expect(nextWindow(aPlan({ accounts: [] }))).toBeUndefined()
})

test('the earliest echoed bound counts, and the sums grow page by page', () => {
  const first = afterPage(aWindow(), { bound: minutesAgo(2), nextToken: 't2', orders: 100, changed: 3 })
  const second = afterPage(first, { bound: minutesAgo(1), nextToken: null, orders: 7, changed: 1 })

  expect(second).toMatchObject({ bound: minutesAgo(2).toISOString(), paginationToken: null, orders: 107, changed: 4 })
})

test('[T-05] a token from yesterday is not used; the window starts again from its start', () => {
  const window = { ...aWindow(), paginationToken: 't9', startedAt: minutesAgo(24 * 60).toISOString() }

  expect(isStale(window, now)).toBe(true)
  expect(restarted(window, now, ['FULFILLMENT'])).toMatchObject({
    paginationToken: null,
    bound: null,
    updatedAfter: window.updatedAfter,
  })
  expect(isStale({ ...window, startedAt: minutesAgo(60).toISOString() }, now)).toBe(false)
})

function aLiveAccount(id = 'acc_1', marketplaceId = 'M1'): PollAccount {
  return { id, marketplaceId, goLiveAt: minutesAgo(9_000), coveredUntil: minutesAgo(5) }
}

function aPlan(given: Partial<PollPlan> = {}): PollPlan {
  return {
    accounts: [aLiveAccount()],
    cursorAt: minutesAgo(5),
    now,
    overlapMs: 600_000,
    firstRunMs: 30 * 24 * 3_600_000,
    includedData: ['FULFILLMENT'],
    ...given,
  }
}

function aWindow() {
  const window = nextWindow(aPlan())
  if (!window) throw new Error('no window')
  return window
}
