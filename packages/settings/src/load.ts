import type { z } from 'zod'

export { address, durationMs, flag, natsUrl, port, postgresUrl, secret } from './pieces.ts'
export { Secret } from './secret.ts'

/** Thrown by `loadSettings`. `problems` holds one line per wrong setting: its name, its value and what to set instead. */
export class SettingsError extends Error {
  override name = 'SettingsError'
  readonly problems: string[]

  constructor(problems: string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}

/**
 * Reads a service's settings from its environment, all at once: either every value is right, or a SettingsError names every problem.
 * A variable that is set but empty counts as not set, so that defaults apply.
 */
export function loadSettings<S extends z.ZodType>(schema: S, env: Record<string, string | undefined>): z.output<S> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const read = schema.safeParse(given)
  if (read.success) return read.data
  throw new SettingsError(read.error.issues.map((issue) => problemOf(issue, given)))
}

/** Names of settings whose value is never repeated, whatever is wrong with it. */
const sensitive = /SECRET|PASSWORD|TOKEN|KEY|CREDENTIAL|URL/

/** Our own pieces word their problem with the value; any other schema's words get the value in front unless it may be secret. */
function problemOf(issue: z.core.$ZodIssue, given: Record<string, string | undefined>): string {
  const name = issue.path.join('.')
  const value = given[name]
  if (issue.code === 'custom' || value === undefined || sensitive.test(name)) return `${name}: ${issue.message}`
  return `${name}: "${value}": ${issue.message}`
}
