/** The test tiers, in the order they are run. */
export const tiers = ['unit', 'pg', 'it', 'e2e', 'browser'] as const
export type Tier = (typeof tiers)[number]

export interface TestRunOptions {
  gate: boolean
  tiers: readonly Tier[]
  /** Passed on to jest: path patterns, -t and the like. */
  jestArguments: readonly string[]
}

export const testHelp = `npm test                          the gate and every tier
npm test -- unit pg               only these tiers (unit, pg, it, e2e, browser)
npm test -- --gate                only the gate: types, lint, format, contracts, generated code, dependencies, dead code
npm test -- it order -t 'twice'   what is left goes to jest: path patterns, -t and the like
`

/**
 * Leading names of tiers choose tiers, a leading --gate the gate; from the first other argument on all is jest's.
 * With nothing chosen everything runs; with only a pattern, every tier without the gate.
 */
export function testRunOptions(args: readonly string[]): TestRunOptions {
  const isChoice = (arg: string) => arg === '--gate' || tiers.some((tier) => tier === arg)
  const firstOther = args.findIndex((arg) => !isChoice(arg))
  const choices = firstOther === -1 ? args : args.slice(0, firstOther)
  const jestArguments = firstOther === -1 ? [] : args.slice(firstOther)
  const chosen = tiers.filter((tier) => choices.includes(tier))
  const isGateAlone = choices.includes('--gate') && chosen.length === 0 && jestArguments.length === 0
  return {
    gate: choices.includes('--gate') || args.length === 0,
    tiers: chosen.length > 0 ? chosen : isGateAlone ? [] : [...tiers],
    jestArguments,
  }
}
