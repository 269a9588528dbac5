/** What a part of the run came to. */
export interface Tally {
  passed: number
  failed: number
  /** The failed tests, a line each. */
  failures?: readonly string[]
}

export function sum(tallies: readonly Tally[]): Required<Tally> {
  return {
    passed: tallies.reduce((total, { passed }) => total + passed, 0),
    failed: tallies.reduce((total, { failed }) => total + failed, 0),
    failures: tallies.flatMap(({ failures = [] }) => failures),
  }
}
