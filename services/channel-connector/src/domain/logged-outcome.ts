/** Calls that ask whether something is there: that it is not is the answer, and no failure. */
const asksForPresence: ReadonlySet<string> = new Set(['getSubscription', 'deleteSubscriptionById'])

/** What came of a call, as its line in the log says it: `not_found` only where something was expected to be there. */
export function loggedOutcome(operation: string, outcome: string): string {
  return outcome === 'not_found' && asksForPresence.has(operation) ? 'accepted' : outcome
}
