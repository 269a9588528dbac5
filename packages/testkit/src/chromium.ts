import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The machine's Chromium: CHROMIUM_PATH when set, else the first of its usual names on the path. */
export function findChromium(): string | undefined {
  const given = process.env['CHROMIUM_PATH']
  if (given) return given
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin']
  return ['chromium', 'chromium-browser', 'google-chrome']
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find(isExecutable)
}

/** How to start it with playwright: as root Chromium cannot use its sandbox. Throws with what to do when there is no browser. */
export function chromiumLaunchOptions(): { executablePath: string; chromiumSandbox: boolean } {
  const executablePath = findChromium()
  if (!executablePath)
    throw new Error('there is no Chromium on this machine: run `npm test`, which installs it, or set CHROMIUM_PATH')
  return { executablePath, chromiumSandbox: process.getuid?.() !== 0 }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
