import { spawn } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { serviceFolder } from './project.ts'

const folder = serviceFolder('console')

/** What the console's page is built from, in its folder. */
const inputs = ['web', 'index.html', 'vite.config.ts', 'package.json', 'tsconfig.json']

/** Builds the console's page when there is none or when one of its inputs is newer. Answers whether it built. */
export async function buildConsole(): Promise<boolean> {
  if (!existsSync(join(folder, 'vite.config.ts')) || isCurrent()) return false
  const vite = spawn(
    process.execPath,
    [join(folder, 'node_modules', 'vite', 'bin', 'vite.js'), 'build', '--logLevel', 'warn'],
    {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 120_000,
    },
  )
  let output = ''
  for (const stream of [vite.stdout, vite.stderr]) stream.on('data', (chunk) => (output += String(chunk)))
  const code = await new Promise<number | null>((resolve) => vite.once('close', resolve))
  if (code !== 0) throw new Error(`the console's page could not be built:\n${output}`)
  return true
}

function isCurrent(): boolean {
  const built = statSync(join(folder, 'dist', 'index.html'), { throwIfNoEntry: false })
  return built !== undefined && inputs.every((input) => newestChange(join(folder, input)) <= built.mtimeMs)
}

function newestChange(path: string): number {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (!stat) return 0
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newestChange(join(path, name))))
}
