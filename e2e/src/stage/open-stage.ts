import { Readable } from 'node:stream'
import { runCli } from '@lockstep/cli/run-cli'
import { serviceKinds, type ServiceName } from '@lockstep/local-stack/service-kinds'
import { startConstellation, type Constellation, type ConstellationOptions } from '@lockstep/testkit/constellation'
import pg from 'pg'

/** What a command of the command line answered. */
export interface Answer {
  status: number
  json: unknown
  stderr: string
}

/** A running Lockstep with a quick Amazon: its delays are short, its limits are Amazon's own. */
export interface Stage extends Constellation {
  /** `lockstep <args> --json`, inside this process: quicker than `cli`, which starts one. */
  lockstep(...args: readonly string[]): Promise<Answer>
  /** As `lockstep`, with something on standard input. */
  lockstepWithInput(input: string, ...args: readonly string[]): Promise<Answer>
  /** One statement on a service's database. It moves due times forward, where the product would wait for minutes. */
  sql(service: ServiceName, statement: string, values?: readonly unknown[]): Promise<void>
}

const services = ['inventory', 'channel-connector', 'order-download', 'report', 'despatch'] as const

/** Starts everything but the console, which has tests of its own. */
export async function openStage(options: ConstellationOptions = {}): Promise<Stage> {
  await using started = new AsyncDisposableStack()
  const constellation = started.use(
    await startConstellation({
      services,
      simulator: { orderVisibilityMs: 0, reportMs: 0, propagationMs: 50 },
      ...options,
      env: { REPORT_CHECK_INTERVAL_MS: '200', DESPATCH_CONFIRM_AFTER_MS: '500', ...options.env },
    }),
  )
  const sql = (service: ServiceName, statement: string, values: readonly unknown[] = []): Promise<void> =>
    execute(constellation.databaseUrl(service), statement, values)
  const owned = started.move()
  return {
    ...constellation,
    lockstep: (...args) => lockstep(constellation, args),
    lockstepWithInput: (input, ...args) => lockstep(constellation, args, input),
    sql,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

async function execute(url: string, statement: string, values: readonly unknown[]): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement, [...values])
  } finally {
    await client.end()
  }
}

async function lockstep(constellation: Constellation, args: readonly string[], input?: string): Promise<Answer> {
  const written = { out: '', err: '' }
  const env: Record<string, string> = {}
  for (const { name, variable } of serviceKinds) env[`${variable}_ADDRESS`] = constellation.address(name)
  const status = await runCli(['--json', ...args], {
    env,
    user: 'e2e',
    stdin: input === undefined ? terminal : Readable.from([input]),
    out: (text) => (written.out += text),
    err: (text) => (written.err += text),
  })
  return { status, json: written.out === '' ? undefined : JSON.parse(written.out), stderr: written.err }
}

/** Nobody types anything. */
const terminal = Object.assign(Readable.from([]), { isTTY: true })
