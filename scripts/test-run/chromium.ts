import { spawnSync } from 'node:child_process'
import { findChromium } from '@lockstep/testkit/chromium'

/** Answers the browser of this machine, installing Debian's when there is none and we may. Throws with what to do otherwise. */
export function ensureChromium(say: (line: string) => void): string {
  const present = findChromium()
  if (present) return present
  const asRoot = rootCommand()
  if (!asRoot || !hasApt()) throw new Error(whatToDo)
  say('installing chromium')
  const install = ['apt-get', 'install', '-y', '-q', '--no-install-recommends', 'chromium']
  // The first try goes by the package lists that are there; a fresh image has none.
  if (!run([...asRoot, ...install]) && !(run([...asRoot, 'apt-get', 'update', '-q']) && run([...asRoot, ...install])))
    throw new Error(whatToDo)
  const installed = findChromium()
  if (!installed) throw new Error(whatToDo)
  return installed
}

const whatToDo =
  'the browser tests need Chromium, and it could not be installed from here: install it (Debian: apt-get install chromium), or set CHROMIUM_PATH to one'

/** How to become root without being asked for a password; nothing when we are root; undefined when we cannot. */
function rootCommand(): string[] | undefined {
  if (process.getuid?.() === 0) return []
  return run(['sudo', '-n', 'true']) ? ['sudo', '-n', '--preserve-env=DEBIAN_FRONTEND'] : undefined
}

function hasApt(): boolean {
  return run(['apt-get', '--version'])
}

function run([command = '', ...args]: readonly string[]): boolean {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  return spawnSync(command, args, { stdio: 'ignore', timeout: 300_000, env }).status === 0
}
