import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** A test that failed, and the first line of what it said. */
export interface Failure {
  file: string
  test: string
  message: string
}

const JestTally = z.object({
  passed: z.number(),
  failed: z.number(),
  skipped: z.number(),
  failures: z.array(z.object({ file: z.string(), test: z.string(), message: z.string() })),
  /** The last test is done. */
  isComplete: z.boolean(),
})

/** How far a jest run has come. */
export type JestTally = z.infer<typeof JestTally>

/** Reads what the reporter wrote last; undefined before the first file is done. */
export function readJestTally(file: string): JestTally | undefined {
  try {
    return JestTally.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return undefined
  }
}
