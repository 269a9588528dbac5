import { randomUUID } from 'node:crypto'

import { Command, CommanderError, type OutputConfiguration } from 'commander'

import { findAddresses } from './addresses.ts'
import { addAccountCommands } from './commands/accounts.ts'
import { addChangeCommands } from './commands/changes.ts'
import { addConflictCommands } from './commands/conflicts.ts'
import { addDiagnoseCommands } from './commands/diagnose.ts'
import { addExposureCommands } from './commands/exposure.ts'
import { addFeedCommands } from './commands/feeds.ts'
import { addItemCommands } from './commands/items.ts'
import { addLimitsCommands } from './commands/limits.ts'
import { addLocationCommands } from './commands/locations.ts'
import { addMappingCommands } from './commands/mapping.ts'
import { addOrderCommands } from './commands/orders.ts'
import { addPriceCommands } from './commands/prices.ts'
import { addReportCommands } from './commands/reports.ts'
import { addStockCommands } from './commands/stock.ts'
import { addSyncCommands } from './commands/sync.ts'
import { addWhyCommands } from './commands/why.ts'
import type { Given, Run } from './command.ts'
import { type CliContext, type Clients, closeClients, openClients } from './context.ts'
import { badUsage, type Failure, forPeople, whatToTell } from './failure.ts'
import { type Output, UsageError } from './output.ts'

/** Where the command line gets its settings and puts its answer. */
export interface CliSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly user: string
  readonly stdin: AsyncIterable<unknown> & { readonly isTTY?: boolean }
  readonly out: (text: string) => void
  readonly err: (text: string) => void
}

/** The idempotency key of the command, once it has used it: from then on it may have been done. */
interface Mutation {
  key: string | null
}

/** Runs one command and answers with the exit code: 0 done, 1 refused, 2 bad usage, 3 the stack or a service of it does not answer. */
export async function runCli(args: readonly string[], around: CliSurroundings): Promise<number> {
  const wantsJson = args.includes('--json')
  const mutation: Mutation = { key: null }
  try {
    await runWithClients(args, { around, wantsJson, mutation })
    return 0
  } catch (error) {
    const failure = { error, key: mutation.key, addresses: () => findAddresses(around.env) }
    return exitCodeOf(failure, { json: wantsJson, err: around.err })
  }
}

async function runWithClients(
  args: readonly string[],
  { around, wantsJson, mutation }: { around: CliSurroundings; wantsJson: boolean; mutation: Mutation },
): Promise<void> {
  const clients = openClients(findAddresses(around.env))
  try {
    const program = commandTree(runner(clients, { around, mutation }))
    // The parser's own words about bad usage are no JSON: they are told as one document instead.
    configureOutput(program, { writeOut: around.out, writeErr: wantsJson ? () => undefined : around.err })
    await program.parseAsync([...args], { from: 'user' })
  } finally {
    closeClients(clients)
  }
}

/** Runs a command's body and prints its answer once. */
const runner =
  (clients: Clients, from: Pick<Invocation<object>, 'around' | 'mutation'>): Run =>
  <Options extends object>(body: Invocation<Options>['body']) =>
  (...parsed: unknown[]) =>
    answer({ body, command: parsed.at(-1), clients, ...from })

interface Invocation<Options extends object> {
  readonly body: (context: CliContext, given: Given<Options>) => Promise<Output>
  readonly command: unknown
  readonly clients: Clients
  readonly around: CliSurroundings
  readonly mutation: Mutation
}

async function answer<Options extends object>(invocation: Invocation<Options>): Promise<void> {
  const { body, command, around } = invocation
  if (!(command instanceof Command)) throw new TypeError('the parser has given no command')
  const globals = command.optsWithGlobals<GlobalOptions>()
  const output = await body(contextOf(globals, invocation), {
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
  addChangeCommands(program, run)
  addConflictCommands(program, run)
  addOrderCommands(program, run)
  addReportCommands(program, run)
  addPriceCommands(program, run)
  addDiagnoseCommands(program, run)
  addFeedCommands(program, run)
  addExposureCommands(program, run)
  return program
}

/** Commands do not inherit where to write and how to end, so each is told. */
function configureOutput(command: Command, output: OutputConfiguration): void {
  command.exitOverride().configureOutput(output)
  for (const child of command.commands) configureOutput(child, output)
}

function contextOf(
  options: GlobalOptions,
  { clients, around, mutation }: Pick<Invocation<object>, 'clients' | 'around' | 'mutation'>,
): CliContext {
  const key = options.idempotencyKey ?? randomUUID()
  return {
    clients,
    actor: around.env['LOCKSTEP_ACTOR'] ?? around.user,
    get idempotencyKey() {
      mutation.key = key
      return key
    },
    readStdin: (what) => readStdin(around.stdin, what),
    atTerminal: around.stdin.isTTY === true,
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

async function exitCodeOf(
  failure: Failure,
  { json, err }: { json: boolean; err: (text: string) => void },
): Promise<number> {
  const { error } = failure
  if (error instanceof CommanderError) {
    // Help is no failure, and without --json the parser has printed its own words.
    if (error.exitCode === 0) return 0
    if (json) err(`${JSON.stringify({ error: badUsage(parserWords(error)) })}\n`)
    return 2
  }
  const { exit, told } = await whatToTell(failure)
  err(json ? `${JSON.stringify({ error: told })}\n` : forPeople(told))
  return exit
}

const parserWords = ({ code, message }: CommanderError): string =>
  code === 'commander.help' ? 'no command was given' : message.replace(/^error: /, '')
