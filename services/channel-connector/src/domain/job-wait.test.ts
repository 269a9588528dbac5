import { expect, test } from '@jest/globals'
import { waitText } from './job-wait.ts'

const until = Date.parse('2026-11-28T03:40:30Z')

test('a job that waits for a time names it; one that waits for something to happen does not invent one', () => {
  expect(waitText({ reason: 'SPACING', until })).toMatch(/spacing.*\(a feed from 2026-11-28 03:40 UTC\)$/)
  expect(waitText({ reason: 'QUIET_HOURS', until })).toBe(
    'waits for its quiet hours (a feed from 2026-11-28 03:40 UTC)',
  )
  expect(waitText({ reason: 'FEED_IN_FLIGHT', until })).not.toMatch(/UTC/)
  expect(waitText({ reason: 'PAUSED', until: null })).toBe('the sync of its account is paused')
})
