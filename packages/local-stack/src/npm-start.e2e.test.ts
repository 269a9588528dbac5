import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { simulatorControl } from '@lockstep/amazon-simulator/control-client'
import { eventually } from '@lockstep/testkit/eventually'
import { freePort } from '@lockstep/testkit/free-port'
import { startSimulator } from '@lockstep/testkit/simulator'
import { createTestFolder } from '@lockstep/testkit/test-folder'
import { runCli } from '@lockstep/testkit/run-cli'
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals'
import { findTakenPorts } from './port-holder.ts'
import { portPurposes, portsFrom } from './ports.ts'
import { identify } from './process-identity.ts'

const folder = createTestFolder('npm-start')
const started: ChildProcess[] = []
let base: number

beforeAll(async () => {
  base = await freeBase()
})
afterEach(async () => {
  for (const child of started.splice(0)) await end(child)
})
afterAll(() => folder[Symbol.dispose]())

describe('npm start', () => {
  test('from nothing with --once it loads the demo, ends with 0 and leaves nothing; the second start is quick and loads nothing twice', async () => {
    const home = join(folder.path, 'once')

    const first = await finished(start(home, ['--once']))
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout).toContain('the demo is loaded')
    expect(first.stdout).toContain(`http://127.0.0.1:${base}`)
    expect(await nothingIsLeft(home)).toBe(true)

    const startedAt = performance.now()
    const second = await finished(start(home, ['--once']))
    expect(second).toMatchObject({ code: 0, stderr: '' })
    expect(second.stdout).not.toContain('loading the demo')
    expect(performance.now() - startedAt).toBeLessThan(20_000)
  }, 300_000)

  test('Ctrl-C stops everything and the data is there again afterwards', async () => {
    const home = join(folder.path, 'stays')
    await running(start(home, ['--no-demo']))
    expect(await cli(home, 'items', 'add', 'KEPT-1')).toMatchObject({ status: 0, stderr: '' })
    await simulatorControl(`http://127.0.0.1:${base + 100}`).putSeller({
      sellerId: 'A1',
      region: 'EU',
      marketplaceIds: ['A1F83G8C2ARO7P'],
    })

    expect(await end(started[0], 'SIGINT')).toBe(0)

    expect(await nothingIsLeft(home)).toBe(true)
    await running(start(home, ['--no-demo']))
    expect(await cli(home, 'items', 'show', 'KEPT-1')).toMatchObject({ status: 0, stderr: '' })
    expect(await simulatorControl(`http://127.0.0.1:${base + 100}`).listings({ sellerId: 'A1' })).toEqual([])
  })

  test('kill -9 of the supervisor ends its children, and the next start recovers with the data', async () => {
    const home = join(folder.path, 'killed')
    const supervisor = start(home, ['--no-demo'])
    await running(supervisor)
    await cli(home, 'items', 'add', 'KEPT-2')
    const children = pidsIn(home)

    supervisor.kill('SIGKILL')

    await eventually(() => expect(children.filter((pid) => identify(pid))).toEqual([]))
    await running(start(home, ['--no-demo']))
    expect(await cli(home, 'items', 'show', 'KEPT-2')).toMatchObject({ status: 0, stderr: '' })
  })

  test('a second start of the same home says that the first one runs, and by which process', async () => {
    const home = join(folder.path, 'twice')
    const first = start(home, ['--no-demo'])
    await running(first)

    const second = await finished(start(home, ['--no-demo']))

    expect(second.stderr).toContain(`Lockstep is already started, by process ${first.pid}`)
    expect(second.code).toBe(1)
  })

  test('a taken port is named with its holder and the way out, and nothing stays behind', async () => {
    const home = join(folder.path, 'taken')
    const squatter = createServer().listen(base + 3, '127.0.0.1')
    await once(squatter, 'listening')

    const refused = await finished(start(home, ['--no-demo']))

    squatter.close()
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain(
      `port ${base + 3}, wanted for order-download, is taken by process ${process.pid} (`,
    )
    expect(refused.stderr).toContain(`LOCKSTEP_PORT_BASE=${base + 1_000} npm start`)
    expect(pidsIn(home)).toEqual([])
  })

  test('an Amazon of the user’s own is obeyed: the demo is not loaded, and the simulator runs beside it', async () => {
    await using other = await startSimulator()
    await other.control.putSeller({
      sellerId: 'A1OTHER00000',
      region: 'EU',
      marketplaceIds: ['A1F83G8C2ARO7P'],
      refreshToken: 'Atzr|other',
    })
    const home = join(folder.path, 'own-amazon')

    const screen = await running(start(home, [], { AMAZON_ENDPOINT: other.url }))

    expect(screen()).toContain('the demo is not loaded: AMAZON_… in the environment names an Amazon of your own')
    const account = ['accounts', 'add', '--seller', 'A1OTHER00000', '--marketplace', 'UK', '--name', 'UK']
    const env = { LOCKSTEP_HOME: home, LOCKSTEP_PORT_BASE: String(base) }
    expect(await runCli({ args: account, env, input: 'Atzr|other\n' })).toMatchObject({ status: 0, stderr: '' })
    expect(await runCli({ args: ['accounts', 'test', 'UK'], env })).toMatchObject({ status: 0, json: { ok: true } })
    expect((await simulatorControl(`http://127.0.0.1:${base + 100}`).state()).clock).toBeDefined()
  })

  test('a service that dies is started again, and the screen says so', async () => {
    const home = join(folder.path, 'dies')
    const supervisor = start(home, ['--no-demo'])
    const screen = await running(supervisor)
    const inventory = JSON.parse(readFileSync(join(home, 'run', 'inventory.pid.json'), 'utf8')) as { pid: number }

    process.kill(inventory.pid, 'SIGKILL')

    await eventually(() => expect(screen()).toContain('inventory ended (SIGKILL); starting it again in 1 s'))
    await eventually(() => expect(screen()).toContain('inventory is back'))
  })
})

function start(home: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): ChildProcess {
  const env = { ...process.env, LOCKSTEP_HOME: home, LOCKSTEP_PORT_BASE: String(base), ...more }
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started.push(child)
  return child
}

/** Waits until everything runs; answers how to read the screen. */
async function running(child: ChildProcess): Promise<() => string> {
  let screen = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (screen += String(chunk)))
  const ended = once(child, 'exit').then(() => {
    throw new Error(`it ended while starting:\n${screen}`)
  })
  const ready = eventually(() => expect(screen).toContain('Lockstep is running.'), { withinMs: 120_000 })
  await Promise.race([ready, ended])
  // It ends later, which is no failure then.
  ended.catch(() => undefined)
  return () => screen
}

async function finished(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const output = { stdout: '', stderr: '' }
  child.stdout?.on('data', (chunk) => (output.stdout += String(chunk)))
  child.stderr?.on('data', (chunk) => (output.stderr += String(chunk)))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, ...output }
}

async function end(child: ChildProcess | undefined, signal: 'SIGINT' | 'SIGTERM' = 'SIGTERM'): Promise<number | null> {
  if (!child) throw new Error('nothing was started')
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  child.kill(signal)
  return exited
}

function cli(home: string, ...args: readonly string[]): Promise<{ status: number | null }> {
  return runCli({ args, env: { LOCKSTEP_HOME: home, LOCKSTEP_PORT_BASE: String(base) } })
}

async function nothingIsLeft(home: string): Promise<boolean> {
  const taken = await findTakenPorts(portPurposes(portsFrom(base)))
  return taken.length === 0 && pidsIn(home).length === 0 && !existsSync(join(home, 'stack.json'))
}

function pidsIn(home: string): number[] {
  const run = join(home, 'run')
  if (!existsSync(run)) return []
  return readdirSync(run).map((name) => (JSON.parse(readFileSync(join(run, name), 'utf8')) as { pid: number }).pid)
}

async function freeBase(): Promise<number> {
  for (;;) {
    const candidate = await freePort()
    if ((await findTakenPorts(portPurposes(portsFrom(candidate)))).length === 0) return candidate
  }
}
