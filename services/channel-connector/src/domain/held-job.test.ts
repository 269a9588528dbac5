import { expect, test } from '@jest/globals'
import { heldJobWords } from './held-job.ts'

test('[S003-47] a job that Amazon keeps from going on says that it waits, for what, and where the remedy stands', () => {
  expect(heldJobWords('DENIED', 'UK')).toMatch(/^waits: Amazon denies.*lockstep diagnose UK$/)
  expect(heldJobWords('REAUTHORISE', 'UK')).toMatch(/lockstep accounts authorise UK$/)
  expect(heldJobWords('APPLICATION_REFUSED', 'UK')).toMatch(/application/)
  expect(heldJobWords(null, 'UK')).toBeUndefined()
})
