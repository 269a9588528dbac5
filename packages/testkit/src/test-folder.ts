import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { outsideNote, removeOutsideData } from '@lockstep/local-stack/postgres-server'

export interface TestFolder extends Disposable {
  path: string
}

/** A fresh folder inside the test run's own, removed on disposal. Set LOCKSTEP_KEEP_TEST_FOLDERS to look at logs afterwards. */
export function createTestFolder(name: string): TestFolder {
  const path = mkdtempSync(join(process.env['TEST_FOLDER'] ?? tmpdir(), `${name}-`))
  chmodSync(path, 0o755)
  return {
    path,
    [Symbol.dispose]() {
      if (process.env['LOCKSTEP_KEEP_TEST_FOLDERS']) return
      const notes = readdirSync(path, { recursive: true, withFileTypes: true }).filter(
        (entry) => entry.name === outsideNote,
      )
      for (const { parentPath } of notes) removeOutsideData(parentPath)
      rmSync(path, { recursive: true, force: true })
    },
  }
}
