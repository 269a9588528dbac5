import { expect, test } from '@jest/globals'

import { endOfSuiteLog, suiteLog } from './suite-log.ts'
import { createTestFolder } from './test-folder.ts'

test('a suite’s log is kept by its path, and only its end is told', () => {
  using folder = createTestFolder('suite-log')
  const { TEST_FOLDER: before } = process.env
  process.env['TEST_FOLDER'] = folder.path
  const log = suiteLog('/a.it.test.ts')
  if (before === undefined) delete process.env['TEST_FOLDER']
  else process.env['TEST_FOLDER'] = before

  for (const n of [1, 2, 3]) log.write(`line ${n}\n`)

  expect(endOfSuiteLog(folder.path, '/a.it.test.ts', 2)).toBe('line 2\nline 3')
  expect(endOfSuiteLog(folder.path, '/b.it.test.ts', 2)).toBe('')
})
