import { writeFileSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { endOfSuiteLog } from '@lockstep/testkit/suite-log'
import type { Failure, JestTally } from './jest-tally.ts'

const shownLines = 100

/** What jest tells of one test file. */
interface FileResult {
  testFilePath: string
  numPassingTests: number
  numFailingTests: number
  numPendingTests: number
  testResults: readonly { fullName: string; status: string; failureMessages: readonly string[] }[]
  /** Set when the file could not be run at all. */
  testExecError?: { message?: string }
}

/** A jest reporter that writes the count down after every file, so that a run which is cut short still tells what it came to. */
class TallyReporter {
  readonly #file = process.env['LOCKSTEP_TALLY_FILE'] ?? ''
  readonly #tally: JestTally = { passed: 0, failed: 0, skipped: 0, failures: [], isComplete: false }

  onTestResult(_test: unknown, result: FileResult): void {
    this.#tally.passed += result.numPassingTests
    this.#tally.failed += result.numFailingTests + (result.testExecError === undefined ? 0 : 1)
    this.#tally.skipped += result.numPendingTests
    this.#tally.failures.push(...failuresOf(result))
    if (result.numFailingTests > 0) this.#showLog(result.testFilePath)
    this.#write()
  }

  onRunComplete(): void {
    this.#tally.isComplete = true
    this.#write()
  }

  #showLog(testFilePath: string): void {
    const end = endOfSuiteLog(dirname(this.#file), testFilePath, shownLines)
    if (end !== '') process.stdout.write(`the last lines that services of ${testFilePath} logged:\n${end}\n`)
  }

  #write(): void {
    writeFileSync(this.#file, JSON.stringify(this.#tally))
  }
}

function failuresOf({ testFilePath, testResults, testExecError }: FileResult): Failure[] {
  const file = relative(process.cwd(), testFilePath)
  const failed = testResults.filter(({ status }) => status === 'failed')
  const failures = failed.map(({ fullName, failureMessages }) => ({
    file,
    test: fullName,
    message: firstLines(failureMessages[0] ?? ''),
  }))
  if (testExecError === undefined) return failures
  return [...failures, { file, test: '(the file itself)', message: firstLines(testExecError.message ?? '') }]
}

/** What was expected and what came instead fits into these. */
function firstLines(message: string): string {
  const lines = stripVTControlCharacters(message).split('\n')
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('at '))
    .slice(0, 6)
    .join(' | ')
    .slice(0, 600)
}

// Jest looks for a default export.
export default TallyReporter
