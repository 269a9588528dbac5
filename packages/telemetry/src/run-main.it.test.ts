import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, test } from '@jest/globals'

const children: ChildProcess[] = []
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')))

interface Ended {
  code: number | null
  out: string
  err: string
}

/** Runs a program under `--import …/register`; `signals` are sent one by one, each when the program has printed the text it waits for. */
async function run(
  program: string,
  env: Record<string, string> = {},
  signals: { after: string; signal: NodeJS.Signals }[] = [],
): Promise<Ended> {
  const source = `import { runMain } from './run-main.ts'\nimport { createLogger } from './logger.ts'\n${program}`
  const child = spawn(
    process.execPath,
    ['--import', './register.ts', '--input-type=module-typescript', '--eval', source],
    {
      cwd: import.meta.dirname,
      env: { ...process.env, NODE_OPTIONS: '', ...env },
    },
  )
  children.push(child)
  const seen = { out: '', err: '' }
  const waiting = [...signals]
  child.stderr.on('data', (text: Buffer) => (seen.err += text.toString()))
  child.stdout.on('data', (text: Buffer) => {
    seen.out += text.toString()
    if (waiting[0] && seen.out.includes(waiting[0].after)) child.kill(waiting.shift()?.signal)
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...seen }
}

const service = `await runMain('demo', async (stack) => {
  stack.defer(() => console.log('first opened, last closed'))
  stack.defer(() => console.log('last opened, first closed'))
  console.log('ready')
})`

test('[R30] SIGTERM disposes in reverse order and exits 0', async () => {
  const ended = await run(service, {}, [{ after: 'ready', signal: 'SIGTERM' }])

  expect(ended.code).toBe(0)
  expect(ended.out.indexOf('last opened, first closed')).toBeLessThan(ended.out.indexOf('first opened, last closed'))
  expect(ended.err).toBe('')
})

test('[R30] a signal ends a start that hangs', async () => {
  const hanging = `await runMain('demo', async () => { console.log('starting'); await new Promise(() => {}) })`
  expect((await run(hanging, {}, [{ after: 'starting', signal: 'SIGINT' }])).code).toBe(0)
})

test('a second signal ends a stop that hangs', async () => {
  const hanging = `await runMain('demo', async (stack) => {
    stack.defer(() => { console.log('stopping now'); return new Promise(() => {}) })
    console.log('ready')
  })`
  const ended = await run(hanging, {}, [
    { after: 'ready', signal: 'SIGTERM' },
    { after: 'stopping now', signal: 'SIGTERM' },
  ])
  expect(ended.code).toBe(1)
})

test('wrong settings print one line per problem and exit 2', async () => {
  const wrong = `class SettingsError extends Error { name = 'SettingsError'; problems = ['A: is missing: set it', 'B: "x" is not a number'] }
    await runMain('demo', async () => { throw new SettingsError() })`

  expect(await run(wrong)).toEqual({ code: 2, out: '', err: 'A: is missing: set it\nB: "x" is not a number\n' })
})

test('a fault while starting and one that nobody handled later both exit 1 with a line that says which', async () => {
  const early = await run(`await runMain('demo', async () => { throw new Error('no database') })`)
  const late = await run(
    `await runMain('demo', async () => { setTimeout(() => { throw new Error('nobody cares') }, 1) })`,
  )

  expect([early.code, late.code]).toEqual([1, 1])
  expect(JSON.parse(early.out)).toMatchObject({ level: 'fatal', err: { message: 'no database' } })
  expect(JSON.parse(late.out)).toMatchObject({ level: 'fatal', err: { message: 'nobody cares' } })
})

test('metrics are served on METRICS_PORT under the service name, and a scraper that keeps its connection does not delay the end', async () => {
  const scraped = `import { meter } from './metrics.ts'
    import { get, Agent } from 'node:http'
    await runMain('demo', async () => {
      meter('demo').createCounter('demo_total').add(3)
      const answer = await fetch('http://127.0.0.1:' + process.env.METRICS_PORT + '/metrics')
      console.log(await answer.text())
      await new Promise((resolve) => get({ port: process.env.METRICS_PORT, path: '/metrics', host: '127.0.0.1', agent: new Agent({ keepAlive: true }) }, (response) => response.resume().on('end', resolve)))
      console.log('ready')
    })`
  const ended = await run(scraped, { METRICS_PORT: String(await freePort()), OTEL_SERVICE_NAME: 'demo-service' }, [
    { after: 'ready', signal: 'SIGTERM' },
  ])

  expect(ended).toMatchObject({ code: 0, err: '' })
  expect(ended.out).toMatch(/demo_total(\{.*\})? 3/)
  expect(ended.out).toContain('service_name="demo-service"')
})

test('a metrics port that cannot be used is named before anything starts', async () => {
  const ended = await run(service, { METRICS_PORT: 'x' })
  expect(ended).toMatchObject({
    code: 2,
    out: '',
    err: 'METRICS_PORT: "x" is not a port: set a number between 0 and 65535, or leave it unset\n',
  })
})

test('log lines of one request carry one trace id, also where no traces are collected', async () => {
  const traced = `import { inSpan, traceparent } from './trace.ts'
    await runMain('demo', async () => {
      const log = createLogger('demo')
      await inSpan('request', {}, async () => { log.info({}, 'one'); log.info({ header_id: traceparent() }, 'two') })
      throw new Error('done')
    })`
  const lines = (await run(traced)).out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string>)

  expect(lines[0]?.['trace_id']).toMatch(/^[0-9a-f]{32}$/)
  expect(lines[1]).toMatchObject({
    trace_id: lines[0]?.['trace_id'] ?? '',
    header_id: expect.stringContaining(lines[0]?.['trace_id'] ?? '-'),
  })
})

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net')
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

const job = (work: string): string => `import { runJob } from './run-main.ts'
  await runJob('demo', async (stack) => { stack.defer(() => console.log('closed')); ${work} })`

test('a job exits 0 when its work is done, 1 when a signal or a fault comes first, and closes what it opened', async () => {
  const never = `console.log('working'); setInterval(() => {}, 1000); await new Promise(() => {})`

  const done = await run(job(''))
  const stopped = await run(job(never), {}, [{ after: 'working', signal: 'SIGTERM' }])
  const failed = await run(job(`throw new Error('no database')`))

  expect([done.code, stopped.code, failed.code]).toEqual([0, 1, 1])
  for (const { out } of [done, stopped, failed]) expect(out).toContain('closed')
})
