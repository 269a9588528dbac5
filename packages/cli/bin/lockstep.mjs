#!/usr/bin/env node
// Runs the command line under the project's own Node, whichever Node the machine has.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const NODE_FLOOR = 24
const main = join(import.meta.dirname ?? dirname(fileURLToPath(import.meta.url)), '..', 'src', 'main.ts')

if (isSuitable(process.versions.node)) await import(pathToFileURL(main).href)
else runUnder(fetchedNode())

function isSuitable(version) {
  return Number(version.split('.')[0]) >= NODE_FLOOR
}

function runUnder(node) {
  if (!node) {
    process.stderr.write(`lockstep needs Node ${NODE_FLOOR}; npm start fetches it once\n`)
    process.exit(3)
  }
  const done = spawnSync(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' })
  if (done.error) throw done.error
  process.exit(done.status ?? 1)
}

/** The Node that npm start has fetched. */
function fetchedNode() {
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
