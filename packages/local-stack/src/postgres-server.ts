import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { canReach, isRoot, unprivilegedUser, type OsUser } from './os-user.ts'
import { allEnded } from './pid-files.ts'
import { postgresBinaries, rootsSharedFolder } from './postgres-binaries.ts'
import { commandOf, identify, signalProcess } from './process-identity.ts'
import { SupervisedProcess } from './supervised-process.ts'

export interface PostgresOptions {
  /** Where data, log and pid file go. */
  home: string
  port: number
  password: string
  maxConnections: number
  /** `safe` survives a power cut; `fast` is for data that is thrown away after the run. */
  durability: 'safe' | 'fast'
  /** Aborted when the start is no longer wanted; it then throws. */
  giveUp?: AbortSignal | undefined
  say: (line: string) => void
}

export interface PostgresServer extends AsyncDisposable {
  /** The superuser's URL, with password. */
  url: string
  process: SupervisedProcess
  /** Where the data lies: in the home, or elsewhere when root's home is closed to the user Postgres runs as. */
  dataFolder: string
}

/** Starts a Postgres of our own on 127.0.0.1, created on first use. As root it runs as an ordinary user. */
export async function startPostgres(options: PostgresOptions): Promise<PostgresServer> {
  const place = choosePlace(options)
  const binaries = postgresBinaries(place.runAs)
  if (!existsSync(join(place.dataFolder, 'PG_VERSION')))
    createCluster({ ...place, binaries, password: options.password })
  await clearLeftovers(place.dataFolder)
  const url = `postgres://postgres:${options.password}@127.0.0.1:${options.port}/postgres`
  const server = await SupervisedProcess.start({
    spec: {
      name: 'postgres',
      command: join(binaries, 'bin', 'postgres'),
      args: serverArguments(place.dataFolder, options),
      cwd: '/',
      env: { PATH: process.env['PATH'], LC_ALL: 'C' },
      logFile: join(options.home, 'logs', 'postgres.log'),
      runFolder: join(options.home, 'run'),
      // "Fast" shutdown: sessions are ended, everything is written.
      stopSignal: 'SIGINT',
      stopWithinMs: 20_000,
      runAs: place.runAs,
    },
    isHealthy: () => answers(url),
    startWithinMs: 60_000,
    onUnexpectedExit: 'restart',
    giveUp: options.giveUp,
    say: options.say,
  })
  return {
    url,
    process: server,
    dataFolder: place.dataFolder,
    async [Symbol.asyncDispose]() {
      await server.stop()
      if (options.durability === 'fast') removeOutsideData(options.home)
    },
  }
}

/** The file by which a home remembers where else its data lies. */
export const outsideNote = 'postgres-folder'

/** Removes the data a home keeps elsewhere, if it does; what lies in the home goes with the home. Only while its server is stopped. */
export function removeOutsideData(home: string): void {
  const note = join(home, outsideNote)
  if (existsSync(note)) rmSync(readFileSync(note, 'utf8').trim(), { recursive: true, force: true })
}

interface Place {
  dataFolder: string
  runAs: OsUser | undefined
}

function choosePlace({ home, durability }: PostgresOptions): Place {
  mkdirSync(home, { recursive: true })
  const inHome = join(home, 'postgres', 'data')
  if (!isRoot()) return { dataFolder: inHome, runAs: undefined }
  if (canReach(unprivilegedUser(inHome), home)) return { dataFolder: inHome, runAs: unprivilegedUser(inHome) }
  const dataFolder = join(outsideFolder(home, durability), 'data')
  return { dataFolder, runAs: unprivilegedUser(dataFolder) }
}

/** A folder of the home's own below a reachable one. The home remembers which, so that a new home at the same path never finds an old one's data. */
function outsideFolder(home: string, durability: PostgresOptions['durability']): string {
  const note = join(home, outsideNote)
  if (existsSync(note)) return readFileSync(note, 'utf8').trim()
  const parent = durability === 'fast' ? tmpdir() : rootsSharedFolder
  mkdirSync(parent, { recursive: true, mode: 0o755 })
  const folder = mkdtempSync(join(parent, 'lockstep-data-'))
  chmodSync(folder, 0o755)
  writeFileSync(note, folder)
  return folder
}

/** Made beside and renamed, so that an interrupted first start leaves no half-made cluster. */
function createCluster(cluster: Place & { binaries: string; password: string }): void {
  const parent = dirname(cluster.dataFolder)
  mkdirSync(parent, { recursive: true })
  const draft = mkdtempSync(join(parent, 'draft-'))
  const passwordFile = join(parent, `password-${randomBytes(6).toString('hex')}`)
  writeFileSync(passwordFile, cluster.password, { mode: 0o600 })
  if (cluster.runAs) for (const path of [draft, passwordFile]) chownSync(path, cluster.runAs.uid, cluster.runAs.gid)
  try {
    const flags = [
      '--username=postgres',
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
      '--locale=C',
      '--no-sync',
      '--no-instructions',
    ]
    const { status, stderr, error } = spawnSync(
      join(cluster.binaries, 'bin', 'initdb'),
      [`--pgdata=${draft}`, ...flags],
      {
        cwd: '/',
        encoding: 'utf8',
        env: { PATH: process.env['PATH'], LC_ALL: 'C' },
        ...(cluster.runAs && { uid: cluster.runAs.uid, gid: cluster.runAs.gid }),
      },
    )
    if (status !== 0) throw new Error(`Postgres could not create its data in ${parent}: ${stderr || String(error)}`)
    renameSync(draft, cluster.dataFolder)
  } finally {
    rmSync(passwordFile, { force: true })
    rmSync(draft, { recursive: true, force: true })
  }
}

/** A postmaster whose pid file of ours was lost is ended; a stale `postmaster.pid`, whose number may belong to anybody by now, is removed. */
async function clearLeftovers(dataFolder: string): Promise<void> {
  const file = join(dataFolder, 'postmaster.pid')
  if (!existsSync(file)) return
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0])
  const identity = identify(pid)
  if (identity && commandOf(pid)?.includes(dataFolder)) {
    signalProcess(identity, 'SIGINT')
    if (!(await allEnded([identity], 15_000)))
      throw new Error(`another Postgres, process ${pid}, uses ${dataFolder}: stop it`)
  }
  rmSync(file, { force: true })
}

function serverArguments(dataFolder: string, { port, maxConnections, durability }: PostgresOptions): string[] {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: maxConnections,
    shared_buffers: '128MB',
    // One process less per session matters more here than a faster scan.
    io_method: 'sync',
    max_parallel_workers_per_gather: 0,
    jit: 'off',
    ...(durability === 'fast' && { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off' }),
  }
  return [
    '-D',
    dataFolder,
    '-p',
    String(port),
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ]
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    return true
  } finally {
    await client.end()
  }
}
