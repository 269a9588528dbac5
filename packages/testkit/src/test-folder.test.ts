import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { outsideNote } from '@lockstep/local-stack/postgres-server'
import { createTestFolder } from './test-folder.ts'

test('what a home below the folder keeps elsewhere goes with it; what links point to stays', () => {
  const elsewhere = mkdtempSync(join(tmpdir(), 'elsewhere-'))
  const linkedTo = mkdtempSync(join(tmpdir(), 'linked-to-'))
  const folder = createTestFolder('holder')
  const home = join(folder.path, 'clone', '.lockstep')
  mkdirSync(home, { recursive: true })
  writeFileSync(join(home, outsideNote), elsewhere)
  writeFileSync(join(linkedTo, outsideNote), linkedTo)
  symlinkSync(linkedTo, join(home, 'link'))
  symlinkSync(folder.path, join(home, 'loop'))

  folder[Symbol.dispose]()

  const left = [folder.path, elsewhere, linkedTo].map((path) => existsSync(path))
  rmSync(linkedTo, { recursive: true })
  expect(left).toEqual([false, false, true])
})
