import { randomUUID } from 'node:crypto'

import { type Refusal, refusalOf } from '@lockstep/rpc/refusal'
import { Command, CommanderError, type OutputConfiguration } from 'commander'

import { findAddresses } from './addresses.ts'
import { addAccountCommands } from './commands/accounts.ts'
import { addItemCommands } from './commands/items.ts'
import { addLimitsCommands } from './commands/limits.ts'
import { addLocationCommands } from './commands/locations.ts'
import { addMappingCommands } from './commands/mapping.ts'
import { addOrderCommands } from './commands/orders.ts'
import { addReportCommands } from './commands/reports.ts'
import { addStockCommands } from './commands/stock.ts'
import { addSyncCommands } from './commands/sync.ts'
import { addWhyCommands } from './commands/why.ts'
import type { Given, Run } from './command.ts'
import { type CliContext, type Clients, closeClients, openClients } from './context.ts'
import { type Output, UsageError } from './output.ts'
import { textOrNull } from './shapes/values.ts'

/** Where the command line gets its settings and puts its answer. */
export interface CliSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly user: string
  readonly stdin: AsyncIterable<unknown> & { readonly isTTY?: boolean }
  readonly out: (text: string) => void
  readonly err: (text: string) => void
}

const EXIT = { done: 0, refused: 1, usage: 2, notRunning: 3 } as const

/** Runs one command and answers with the exit code: 0 done, 1 refused, 2 bad usage, 3 the stack is not running. */
export async function runCli(args: readonly string[], around: CliSurroundings): Promise<number> {
  const wantsJson = args.includes('--json')
  try {
    await runWithClients(args, { around, wantsJson })
    return EXIT.done
  } catch (error) {
    return exitCodeOf(error, { json: wantsJson, err: around.err })
  }
}

async function runWithClients(
  args: readonly string[],
  { around, wantsJson }: { around: CliSurroundings; wantsJson: boolean },
): Promise<void> {
  const clients = openClients(findAddresses(around.env))
  try {
    const program = commandTree(runner(clients, around))
    // The parser's own words about bad usage are no JSON: they are told as one document instead.
    configureOutput(program, { writeOut: around.out, writeErr: wantsJson ? () => undefined : around.err })
    await program.parseAsync([...args], { from: 'user' })
  } finally {
    closeClients(clients)
  }
}

/** Runs a command's body and prints its answer once. */
const runner =
  (clients: Clients, around: CliSurroundings): Run =>
  <Options extends object>(body: Invocation<Options>['body']) =>
  (...parsed: unknown[]) =>
    answer({ body, command: parsed.at(-1), clients, around })

interface Invocation<Options extends object> {
  readonly body: (context: CliContext, given: Given<Options>) => Promise<Output>
  readonly command: unknown
  readonly clients: Clients
  readonly around: CliSurroundings
}

async function answer<Options extends object>({ body, command, clients, around }: Invocation<Options>): Promise<void> {
  if (!(command instanceof Command)) throw new TypeError('the parser has given no command')
  const globals = command.optsWithGlobals<GlobalOptions>()
  const output = await body(contextOf(clients, globals, around), {
    args: command.args,
    options: command.opts<Options>(),
  })
  around.out(globals.json === true ? `${JSON.stringify(output.json)}\n` : output.text)
}

interface GlobalOptions {
  readonly json?: boolean
  readonly idempotencyKey?: string
}

function commandTree(run: Run): Command {
  const program = new Command('lockstep')
    .description('The open stock master for sellers on Amazon.')
    .option('--json', 'answer with one JSON document')
    .option('--idempotency-key <key>', 'repeat a command safely: the same key gets the first answer')
    .showHelpAfterError('(lockstep --help lists the commands)')
  addAccountCommands(program, run)
  addItemCommands(program, run)
  addLimitsCommands(program, run)
  addLocationCommands(program, run)
  addStockCommands(program, run)
  addMappingCommands(program, run)
  addWhyCommands(program, run)
  addSyncCommands(program, run)
  addOrderCommands(program, run)
  addReportCommands(program, run)
  return program
}

/** Commands do not inherit where to write and how to end, so each is told. */
function configureOutput(command: Command, output: OutputConfiguration): void {
  command.exitOverride().configureOutput(output)
  for (const child of command.commands) configureOutput(child, output)
}

function contextOf(clients: Clients, options: GlobalOptions, around: CliSurroundings): CliContext {
  return {
    clients,
    actor: around.env['LOCKSTEP_ACTOR'] ?? around.user,
    idempotencyKey: options.idempotencyKey ?? randomUUID(),
    readStdin: (what) => readStdin(around.stdin, what),
    progress: (text) => around.err(`${text}\n`),
  }
}

const STDIN_LIMIT_BYTES = 16 * 1024 * 1024

async function readStdin(stdin: CliSurroundings['stdin'], what: string): Promise<string> {
  if (stdin.isTTY === true) throw new UsageError(`${what} is expected on standard input`)
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stdin) {
    const piece = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk))
    bytes += piece.length
    if (bytes > STDIN_LIMIT_BYTES) throw new UsageError(`${what} is larger than 16 MiB`)
    chunks.push(piece)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** What is told of a failure: the code, what is wrong, and what to do. */
interface Told {
  readonly code: string
  readonly message: string
  readonly next_step: string
  readonly field: string | null
  readonly value: string | null
  readonly candidates: readonly string[]
  readonly lines: readonly { readonly line: number; readonly item: string; readonly message: string }[]
}

function exitCodeOf(error: unknown, { json, err }: { json: boolean; err: (text: string) => void }): number {
  if (error instanceof CommanderError) {
    // Help is no failure, and without --json the parser has printed its own words.
    if (error.exitCode === 0) return EXIT.done
    if (json) err(`${JSON.stringify({ error: badUsage(parserWords(error)) })}\n`)
    return EXIT.usage
  }
  const { exit, told } = whatToTell(error)
  err(json ? `${JSON.stringify({ error: told })}\n` : forPeople(told))
  return exit
}

const parserWords = ({ code, message }: CommanderError): string =>
  code === 'commander.help' ? 'no command was given' : message.replace(/^error: /, '')

const nothingMore = { field: null, value: null, candidates: [], lines: [] }

const badUsage = (message: string): Told => ({
  code: 'BAD_USAGE',
  message,
  next_step: 'lockstep --help lists the commands',
  ...nothingMore,
})

function whatToTell(error: unknown): { exit: number; told: Told } {
  if (error instanceof UsageError) return { exit: EXIT.usage, told: badUsage(error.message) }
  const refusal = refusalOf(error)
  if (refusal) return { exit: EXIT.refused, told: refusalTold(refusal) }
  if (isUnreachable(error)) {
    return {
      exit: EXIT.notRunning,
      told: { code: 'NOT_RUNNING', message: 'the stack is not running', next_step: 'npm start', ...nothingMore },
    }
  }
  const message = error instanceof Error ? error.message : String(error)
  return {
    exit: EXIT.refused,
    told: { code: 'FAILED', message, next_step: 'see the service logs in LOCKSTEP_HOME/logs', ...nothingMore },
  }
}

const refusalTold = (refusal: Refusal): Told => ({
  code: refusal.reason,
  message: refusal.message,
  next_step: refusal.nextStep,
  field: textOrNull(refusal.field),
  value: textOrNull(refusal.value),
  candidates: refusal.candidates,
  lines: refusal.lines,
})

const UNAVAILABLE = 14
const isUnreachable = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === UNAVAILABLE

function forPeople(told: Told): string {
  if (told.code === 'NOT_RUNNING') return `${told.message}: ${told.next_step}\n`
  return [
    `${told.message} (${told.code})`,
    ...told.lines.map(
      ({ line, item, message }) => `  line ${String(line)}${item === '' ? '' : ` (${item})`}: ${message}`,
    ),
    ...told.candidates.map((candidate) => `  could be: ${candidate}`),
    `next: ${told.next_step}`,
    '',
  ].join('\n')
}
