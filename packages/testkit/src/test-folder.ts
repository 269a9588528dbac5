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
      for (const home of homesIn(path)) removeOutsideData(home)
      rmSync(path, { recursive: true, force: true })
    },
  }
}

/** The folders below this one whose Postgres keeps its data elsewhere. Packages and what links point to are passed by: a clone holds tens of thousands of them. */
function* homesIn(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === outsideNote) yield folder
    else if (entry.isDirectory() && entry.name !== 'node_modules') yield* homesIn(join(folder, entry.name))
  }
}
