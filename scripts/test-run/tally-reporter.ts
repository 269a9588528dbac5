import { writeFileSync } from 'node:fs'
import type { JestTally } from './jest-tally.ts'

/** What jest tells of one test file. */
interface FileResult {
  numPassingTests: number
  numFailingTests: number
  numPendingTests: number
  /** Set when the file could not be run at all. */
  testExecError?: unknown
}

/** A jest reporter that writes the count down after every file, so that a run which is cut short still tells what it came to. */
class TallyReporter {
  readonly #file = process.env['LOCKSTEP_TALLY_FILE'] ?? ''
  readonly #tally: JestTally = { passed: 0, failed: 0, skipped: 0, isComplete: false }

  onTestResult(_test: unknown, result: FileResult): void {
    this.#tally.passed += result.numPassingTests
    this.#tally.failed += result.numFailingTests + (result.testExecError === undefined ? 0 : 1)
    this.#tally.skipped += result.numPendingTests
    this.#write()
  }

  onRunComplete(): void {
    this.#tally.isComplete = true
    this.#write()
  }

  #write(): void {
    writeFileSync(this.#file, JSON.stringify(this.#tally))
  }
}

// Jest looks for a default export.
export default TallyReporter
