import { expect, test } from '@jest/globals'
import { loggedOutcome } from './logged-outcome.ts'

test('[S003-49] that a subscription is not there yet is an answer; a listing, order or report that is gone is a failure', () => {
  expect(loggedOutcome('getSubscription', 'not_found')).toBe('accepted')
  expect(loggedOutcome('getSubscription', 'denied')).toBe('denied')
  expect(loggedOutcome('getListingsItem', 'not_found')).toBe('not_found')
})
