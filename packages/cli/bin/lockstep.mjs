#!/usr/bin/env node
// Runs the command line under the project's own Node, whichever Node the machine has.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const NODE_FLOOR = 24
const main = join(import.meta.dirname ?? dirname(fileURLToPath(import.meta.url)), '..', 'src', 'main.ts')

const node = suitableNode()
if (!node) {
  process.stderr.write(`lockstep needs Node ${NODE_FLOOR}; npm start fetches it once\n`)
  process.exit(3)
}
const done = spawnSync(node, ['--disable-warning=ExperimentalWarning', main, ...process.argv.slice(2)], {
  stdio: 'inherit',
})
if (done.error) throw done.error
process.exit(done.status ?? 1)

/** This Node when it is new enough, else the one that npm start has fetched. */
function suitableNode() {
  if (Number(process.versions.node.split('.')[0]) >= NODE_FLOOR) return process.execPath
  const toolchains = join(dirname(main), '..', '..', '..', '.lockstep', 'toolchain')
  if (!existsSync(toolchains)) return undefined
  for (const toolchain of readdirSync(toolchains)) {
    const modules = join(toolchains, toolchain, 'node_modules')
    if (!existsSync(modules)) continue
    for (const name of readdirSync(modules)) {
      const candidate = join(modules, name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
      if (name.startsWith('node-') && existsSync(candidate)) return candidate
    }
  }
  return undefined
}
