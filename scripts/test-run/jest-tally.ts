import { readFileSync } from 'node:fs'
import { z } from 'zod'

const JestTally = z.object({
  passed: z.number(),
  failed: z.number(),
  skipped: z.number(),
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
