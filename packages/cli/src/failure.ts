import { connect } from 'node:net'

import { failedMethodOf } from '@lockstep/rpc/client'
import { type Refusal, refusalOf } from '@lockstep/rpc/refusal'

import { type Addresses, serviceNames } from './addresses.ts'
import { FileError, type UsageAbout, UsageError } from './output.ts'
import { textOrNull } from './shapes/values.ts'

/** A command that did not end well. */
export interface Failure {
  readonly error: unknown
  /** The idempotency key that the command has used; null when it changes nothing. */
  readonly key: string | null
  readonly addresses: () => Addresses
}

/** What is told of a failure: the code, what is wrong, and what to do. */
export interface Told {
  readonly code: string
  readonly message: string
  readonly next_step: string
  readonly field: string | null
  readonly value: string | null
  readonly candidates: readonly string[]
  readonly lines: readonly { readonly line: number; readonly item: string; readonly message: string }[]
  /** With which a command that may have been done is repeated safely. */
  readonly idempotency_key: string | null
}

/** A command of several steps of which some are done. `cause` says why it went no further. */
export class PartlyDoneError extends Error {
  override readonly name = 'PartlyDoneError'

  constructor(done: string, cause: unknown) {
    super(done, { cause })
  }
}

const nothingMore = { field: null, value: null, candidates: [], lines: [], idempotency_key: null }

/** What is told of bad usage. */
export const badUsage = (message: string, { field, value, nextStep }: UsageAbout = {}): Told => ({
  ...nothingMore,
  code: 'BAD_USAGE',
  message,
  next_step: nextStep ?? 'lockstep --help lists the commands',
  field: field ?? null,
  value: value ?? null,
})

const badFile = ({ message, lines }: FileError): Told => ({
  ...badUsage(message, { nextStep: 'correct the file and give the same command again; nothing was taken on' }),
  lines,
})

/** The exit code and the words for a failure. Asks the services which of them answer when one did not. */
export async function whatToTell(failure: Failure): Promise<{ exit: number; told: Told }> {
  const { error, key } = failure
  if (error instanceof PartlyDoneError) return partlyDone(error, failure)
  if (error instanceof FileError) return { exit: 2, told: badFile(error) }
  if (error instanceof UsageError) return { exit: 2, told: badUsage(error.message, error.about) }
  const refusal = refusalOf(error)
  if (refusal) return { exit: 1, told: refusalTold(refusal) }
  if (isUnreachable(error)) return { exit: 3, told: await unreachable(failure) }
  const message = error instanceof Error ? error.message : String(error)
  const logs = 'see the service logs in LOCKSTEP_HOME/logs'
  const next_step = key === null ? logs : `${repeatWith(key)}; ${logs}`
  return { exit: 1, told: { ...nothingMore, code: 'FAILED', message, next_step, idempotency_key: key } }
}

async function partlyDone(error: PartlyDoneError, failure: Failure): Promise<{ exit: number; told: Told }> {
  const { exit, told } = await whatToTell({ ...failure, error: error.cause })
  const repeat = failure.key === null ? '' : `; then ${repeatWith(failure.key)}`
  const next_step = told.next_step.includes('--idempotency-key') ? told.next_step : `${told.next_step}${repeat}`
  return {
    exit,
    told: { ...told, message: `${told.message}; ${error.message}`, next_step, idempotency_key: failure.key },
  }
}

const repeatWith = (key: string): string =>
  `repeat the command with --idempotency-key ${key}: what is done is not done twice`

const refusalTold = (refusal: Refusal): Told => ({
  code: refusal.reason,
  message: refusal.message,
  next_step: refusal.nextStep,
  field: textOrNull(refusal.field),
  value: textOrNull(refusal.value),
  candidates: refusal.candidates,
  lines: refusal.lines,
  idempotency_key: null,
})

const UNAVAILABLE = 14
const isUnreachable = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === UNAVAILABLE

async function unreachable({ error, key, addresses }: Failure): Promise<Told> {
  const known = addresses()
  const answering = await Promise.all(services.map((service) => answers(known[service])))
  const again = key === null ? 'try again' : repeatWith(key)
  if (!answering.includes(true)) {
    const next_step = key === null ? 'npm start' : `npm start; ${again}`
    return { ...nothingMore, code: 'NOT_RUNNING', message: 'the stack is not running', next_step, idempotency_key: key }
  }
  const service = services.find((name) => failedMethodOf(error)?.startsWith(packages[name]))
  const message = service
    ? `${serviceNames[service]} does not answer at ${known[service]}; other services do`
    : 'a service does not answer'
  const next_step = `wait some seconds, npm start starts it again; ${again}`
  return { ...nothingMore, code: 'SERVICE_DOWN', message, next_step, idempotency_key: key }
}

const services: readonly (keyof Addresses)[] = ['inventory', 'channel', 'orders', 'report', 'despatch']

const packages: Readonly<Record<keyof Addresses, string>> = {
  inventory: 'lockstep.inventory.',
  channel: 'lockstep.channel.',
  orders: 'lockstep.orders.',
  report: 'lockstep.report.',
  despatch: 'lockstep.despatch.',
}

const ANSWER_WITHIN_MS = 1_000

/** Whether anything listens there. */
function answers(address: string): Promise<boolean> {
  const [, host = '', port = ''] = /^(?:dns:\/*)?(.*):(\d{1,5})$/.exec(address) ?? []
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect({ host, port: Math.min(Number(port), 65_535) })
  socket.setTimeout(ANSWER_WITHIN_MS)
  socket.once('connect', () => resolve(true))
  socket.once('error', () => resolve(false))
  socket.once('timeout', () => resolve(false))
  return promise.finally(() => socket.destroy())
}

/** The words for a person. */
export function forPeople(told: Told): string {
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
