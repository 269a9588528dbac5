import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { stopSurvivors } from '@lockstep/local-stack/pid-files'
import { removeOutsideData } from '@lockstep/local-stack/postgres-server'
import { AlreadyStartedError, lockHome } from '@lockstep/local-stack/start-lock'

export interface RunFolder extends AsyncDisposable {
  path: string
}

const prefix = 'test-'

/**
 * A folder for one test run below `parent`, removed on disposal. What killed runs left there, processes included, is cleared away first;
 * the folders of runs that are still going on are locked and left alone.
 */
export async function openRunFolder(parent: string): Promise<RunFolder> {
  mkdirSync(parent, { recursive: true })
  for (const name of readdirSync(parent).filter((entry) => entry.startsWith(prefix))) await sweep(join(parent, name))
  const path = mkdtempSync(join(parent, prefix))
  // Postgres runs as another user when we are root, and must be able to reach its data.
  chmodSync(path, 0o755)
  const lock = await lockHome(path)
  return {
    path,
    async [Symbol.asyncDispose]() {
      rmSync(path, { recursive: true, force: true })
      await lock[Symbol.asyncDispose]()
    },
  }
}

async function sweep(folder: string): Promise<void> {
  const lock = await lockUnlessInUse(folder)
  if (!lock) return
  await stopSurvivors(join(folder, 'run'))
  removeOutsideData(folder)
  rmSync(folder, { recursive: true, force: true })
  await lock[Symbol.asyncDispose]()
}

async function lockUnlessInUse(folder: string): Promise<AsyncDisposable | undefined> {
  try {
    return await lockHome(folder)
  } catch (error) {
    if (error instanceof AlreadyStartedError) return undefined
    throw error
  }
}
