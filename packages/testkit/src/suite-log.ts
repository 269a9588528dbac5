import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A line at a time. */
export interface SuiteLog {
  write(line: string): void
}

/**
 * Where a service logs to that runs inside a suite: a file of the test run, whose end `npm test` shows when a test of the suite fails. Elsewhere nothing is kept.
 */
export function suiteLog(testPath: string | undefined): SuiteLog {
  const folder = process.env['TEST_FOLDER']
  if (folder === undefined || testPath === undefined) return { write: () => undefined }
  const file = logFileOf(folder, testPath)
  return { write: (line) => appendFileSync(file, line) }
}

/** The last lines that a suite's services have logged; empty when they have said nothing. */
export function endOfSuiteLog(folder: string, testPath: string, lines: number): string {
  const file = logFileOf(folder, testPath)
  if (!existsSync(file)) return ''
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
}

function logFileOf(folder: string, testPath: string): string {
  return join(folder, `suite-${createHash('sha256').update(testPath).digest('hex').slice(0, 16)}.log`)
}
