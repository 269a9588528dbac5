import { createHash } from 'node:crypto'
import { sql, type Transaction } from 'kysely'
import { failpoint } from './failpoint.ts'
import { IdempotencyKeyError, isUsableKey, type KeyedCommand } from './idempotency.ts'

/**
 * `answerOnce` for several commands of one method in one transaction, in at most three statements whatever their number. `run` gets those whose key is new and answers them;
 * one that it leaves out is refused: nothing of it is kept, and its key stays free. Not run, and so without an answer here, are commands whose key was used before, and all but the
 * first of those that bring the same key: asked for with `answerOnce` after the commit, they get the first answer. Waits while other transactions hold one of the keys. Keys are claimed in their
 * own order, so that two such transactions cannot deadlock. Answers are kept as JSON and handed on as they are.
 */
export async function answerNew<DB, Command extends KeyedCommand, Answer extends object>(
  tx: Transaction<DB>,
  commands: readonly Command[],
  run: (fresh: readonly Command[]) => Promise<Map<Command, Answer>>,
): Promise<Map<Command, Answer>> {
  const firsts = firstOfEachKey(commands)
  const claimed = await claimKeys(tx, firsts)
  const fresh = firsts.filter(({ key }) => claimed.has(key))
  if (fresh.length === 0) return new Map()
  const answers = await run(fresh)
  failpoint('idempotency.before-store')
  await storeAnswers(tx, [...answers])
  await freeKeys(
    tx,
    fresh.filter((command) => !answers.has(command)),
  )
  return answers
}

function firstOfEachKey<Command extends KeyedCommand>(commands: readonly Command[]): Command[] {
  const firsts = new Map<string, Command>()
  for (const command of commands) {
    if (!isUsableKey(command.key)) throw new IdempotencyKeyError(command)
    if (!firsts.has(command.key)) firsts.set(command.key, command)
  }
  return [...firsts.values()]
}

async function claimKeys<DB>(tx: Transaction<DB>, commands: readonly KeyedCommand[]): Promise<Set<string>> {
  const hashes = commands.map(({ request }) => createHash('sha256').update(request).digest('hex'))
  const { rows } = await sql<{ key: string }>`
    insert into idempotency_answer (method, key, request_hash)
    select method, key, decode(hash, 'hex')
      from unnest(${commands.map(({ method }) => method)}::text[], ${commands.map(({ key }) => key)}::text[], ${hashes}::text[])
           as command (method, key, hash)
     order by key
    on conflict do nothing
    returning key`.execute(tx)
  return new Set(rows.map(({ key }) => key))
}

async function storeAnswers<DB>(tx: Transaction<DB>, answers: readonly [KeyedCommand, object][]): Promise<void> {
  if (answers.length === 0) return
  await sql`
    update idempotency_answer as kept set answer_json = given.answer::jsonb
      from unnest(${answers.map(([{ method }]) => method)}::text[], ${answers.map(([{ key }]) => key)}::text[],
                  ${answers.map(([, answer]) => JSON.stringify(answer))}::text[]) as given (method, key, answer)
     where kept.method = given.method and kept.key = given.key`.execute(tx)
}

async function freeKeys<DB>(tx: Transaction<DB>, refused: readonly KeyedCommand[]): Promise<void> {
  if (refused.length === 0) return
  await sql`
    delete from idempotency_answer
     where (method, key) in (select * from unnest(${refused.map(({ method }) => method)}::text[], ${refused.map(({ key }) => key)}::text[]))`.execute(
    tx,
  )
}
