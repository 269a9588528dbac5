import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { quietWindow, type QuietHours } from './quiet-hours.ts'

const london = (fromMinute: number, toMinute: number): QuietHours => ({
  fromMinute,
  toMinute,
  timeZone: 'Europe/London',
})
const at = (iso: string) => Date.parse(iso)
const shown = ({ startsAt, endsAt }: { startsAt: number; endsAt: number }) =>
  `${new Date(startsAt).toISOString()} ${new Date(endsAt).toISOString()}`
const night = london(22 * 60, 6 * 60)

test('a window spans midnight, before it and after it', () => {
  const expected = '2026-01-10T22:00:00.000Z 2026-01-11T06:00:00.000Z'

  expect(shown(quietWindow(night, at('2026-01-10T23:00:00Z')))).toBe(expected)
  expect(shown(quietWindow(night, at('2026-01-11T05:59:59Z')))).toBe(expected)
  expect(shown(quietWindow(night, at('2026-01-10T06:00:00Z')))).toBe(expected)
})

test('the hours are those of the zone, in summer as in winter', () => {
  expect(shown(quietWindow(night, at('2026-07-10T21:30:00Z')))).toBe(
    '2026-07-10T21:00:00.000Z 2026-07-11T05:00:00.000Z',
  )
})

test('a night in which an hour is skipped or repeated is an hour shorter or longer', () => {
  expect(shown(quietWindow(night, at('2026-03-28T23:00:00Z')))).toBe(
    '2026-03-28T22:00:00.000Z 2026-03-29T05:00:00.000Z',
  )
  expect(shown(quietWindow(night, at('2026-10-24T22:00:00Z')))).toBe(
    '2026-10-24T21:00:00.000Z 2026-10-25T06:00:00.000Z',
  )
})

test('a wall time that a night skips is the moment of the change, one that it repeats keeps the window short', () => {
  const oneThirty = 90

  expect(shown(quietWindow(london(oneThirty, 300), at('2026-03-29T02:00:00Z')))).toBe(
    '2026-03-29T01:00:00.000Z 2026-03-29T04:00:00.000Z',
  )
  expect(shown(quietWindow(london(oneThirty, 300), at('2026-10-25T03:00:00Z')))).toBe(
    '2026-10-25T01:30:00.000Z 2026-10-25T05:00:00.000Z',
  )
  expect(shown(quietWindow(london(1_320, oneThirty), at('2026-10-25T00:00:00Z')))).toBe(
    '2026-10-24T21:00:00.000Z 2026-10-25T00:30:00.000Z',
  )
})

test('the same minute at both ends is the whole day', () => {
  expect(quietWindow(london(60, 60), 0)).toEqual({ startsAt: -Infinity, endsAt: Infinity })
})

test('whatever the zone and the season, the window ends ahead of now, begins within a day and is no longer than one', () => {
  const timeZone = fc.constantFrom('Europe/London', 'America/Los_Angeles', 'Asia/Kolkata', 'Australia/Lord_Howe', 'UTC')
  const hours = fc.record({ fromMinute: fc.nat(1_439), toMinute: fc.nat(1_439), timeZone })
  const instant = fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2027-12-31T00:00:00Z') })
  fc.assert(
    fc.property(hours, instant, (any, now) => {
      fc.pre(any.fromMinute !== any.toMinute)
      const { startsAt, endsAt } = quietWindow(any, now)

      expect(endsAt).toBeGreaterThan(now)
      expect(startsAt).toBeLessThan(endsAt)
      expect(startsAt - now).toBeLessThanOrEqual(25 * 3_600_000)
      expect(endsAt - startsAt).toBeLessThanOrEqual(25 * 3_600_000)
    }),
    { numRuns: 300 },
  )
})
