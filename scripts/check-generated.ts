/** Generates the contracts' code anew into a temporary folder and compares it with what is committed. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const generated = 'packages/contracts/src/generated'
const fresh = mkdtempSync(join(tmpdir(), 'lockstep-generated-'))
try {
  buf(['generate', '-o', fresh])
  buf(['build', '-o', join(fresh, generated, 'descriptors.binpb')])
  const differing = differences(join(root, generated), join(fresh, generated))
  for (const file of differing) console.log(`${generated}/${file} is not what the protos give`)
  console.log(differing.length === 0 ? 'generated code is current' : 'run npm run generate, and commit what it writes')
  process.exitCode = differing.length === 0 ? 0 : 1
} finally {
  rmSync(fresh, { recursive: true, force: true })
}

function buf(args: readonly string[]): void {
  const { status } = spawnSync('buf', args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] })
  if (status !== 0) throw new Error(`buf ${args[0]} failed`)
}

function differences(committed: string, expected: string): string[] {
  const names = new Set([...filesBelow(committed), ...filesBelow(expected)])
  return [...names].filter((name) => !isSame(join(committed, name), join(expected, name))).toSorted()
}

function filesBelow(folder: string): string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
}

function isSame(one: string, other: string): boolean {
  try {
    return readFileSync(one).equals(readFileSync(other))
  } catch {
    return false
  }
}
