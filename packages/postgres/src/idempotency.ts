import { createHash } from 'node:crypto'
import { sql, type Kysely, type Transaction } from 'kysely'
import { failpoint } from './failpoint.ts'

/** One attempt of a command. */
export interface KeyedCommand {
  /** Made by the caller, once per command, 1 to 200 characters. */
  key: string
  /** The command's name: a key belongs to one method. */
  method: string
  /** The request as it came, such as the encoded message; only its hash is kept. Leave the key out of it or always in. */
  request: Uint8Array | string
}

/** The key was used before, for another request. */
export class IdempotencyConflictError extends Error {
  override name = 'IdempotencyConflictError'
  readonly method: string
  readonly key: string

  constructor(command: KeyedCommand) {
    super(`the idempotency key "${command.key}" was used for another request of ${command.method}`)
    this.method = command.method
    this.key = command.key
  }
}

/** A command came without a key, or with one that is too long. */
export class IdempotencyKeyError extends Error {
  override name = 'IdempotencyKeyError'
  readonly method: string
  readonly key: string

  constructor(command: KeyedCommand) {
    super(
      command.key === ''
        ? 'the idempotency key is missing'
        : `the idempotency key has ${command.key.length} characters, the most is 200`,
    )
    this.method = command.method
    this.key = command.key
  }
}

/**
 * Runs a command once per key and answers repeats with the first answer, kept 7 days. `run` works in the same transaction, so answer and effect commit together.
 * A concurrent repeat waits for the first one; if that one rolls back, the repeat runs. A throw of `run` (a refusal, say) stores nothing.
 * Same key and method with another request: IdempotencyConflictError. No key: IdempotencyKeyError.
 * An answer of bytes comes back as bytes; anything else makes the trip through JSON already the first time. Never answer with buyer data.
 */
export async function answerOnce<DB, Answer>(
  tx: Transaction<DB>,
  command: KeyedCommand,
  run: () => Promise<Answer>,
): Promise<Answer> {
  if (!isUsableKey(command.key)) throw new IdempotencyKeyError(command)
  const hash = createHash('sha256').update(command.request).digest()
  if (!(await claimKey(tx, command, hash))) return storedAnswer<DB, Answer>(tx, command, hash)
  const answer = await run()
  failpoint('idempotency.before-store')
  return storeAnswer(tx, command, answer)
}

/** Whether the command of this key has been answered within the last 7 days, so that a repeat would do nothing. */
export async function isAnswered<DB>(
  db: Kysely<DB>,
  { method, key }: Pick<KeyedCommand, 'method' | 'key'>,
): Promise<boolean> {
  const { rows } = await sql<{ answered: boolean }>`
    select exists (select from idempotency_answer where method = ${method} and key = ${key}) as answered`.execute(db)
  return rows[0]?.answered ?? false
}

/** Whether `answerOnce` takes the key. */
export const isUsableKey = (key: string): boolean => key !== '' && key.length <= 200

/** Waits here while another transaction holds the same key; false when that one has committed. */
async function claimKey<DB>(tx: Transaction<DB>, { key, method }: KeyedCommand, hash: Buffer): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into idempotency_answer (method, key, request_hash) values (${method}, ${key}, ${hash})
    on conflict do nothing`.execute(tx)
  return numAffectedRows === 1n
}

interface StoredAnswer {
  request_hash: Buffer
  answer_bytes: Buffer | null
  answer_json: unknown
}

async function storedAnswer<DB, Answer>(tx: Transaction<DB>, command: KeyedCommand, hash: Buffer): Promise<Answer> {
  const { rows } = await sql<StoredAnswer>`
    select request_hash, answer_bytes, answer_json from idempotency_answer
     where method = ${command.method} and key = ${command.key}`.execute(tx)
  const [stored] = rows
  if (!stored?.request_hash.equals(hash)) throw new IdempotencyConflictError(command)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by storeAnswer for the same method and request
  return (stored.answer_bytes === null ? stored.answer_json : new Uint8Array(stored.answer_bytes)) as Answer
}

async function storeAnswer<DB, Answer>(tx: Transaction<DB>, command: KeyedCommand, answer: Answer): Promise<Answer> {
  const bytes = answer instanceof Uint8Array ? Buffer.from(answer) : null
  const json = bytes === null ? JSON.stringify(answer ?? null) : null
  await sql`
    update idempotency_answer set answer_bytes = ${bytes}, answer_json = ${json}::jsonb
     where method = ${command.method} and key = ${command.key}`.execute(tx)
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the answer itself, as a repeat will see it
  return json === null ? answer : (JSON.parse(json) as Answer)
}
