import { answerOnce } from '@lockstep/postgres/idempotency'
import type { Kysely, Transaction } from 'kysely'
import type { ChannelDb } from '../store/database.ts'

/** What a command over gRPC works with. */
export interface CommandDeps {
  db: Kysely<ChannelDb>
  /** Wakes the relay and the pipeline after a change was committed. */
  poke(): void
}

interface Codec<T> {
  encode(message: T): { finish(): Uint8Array }
  decode(bytes: Uint8Array): T
}

/** How a command's request and answer are kept as bytes. */
export interface CommandMethod<Request, Response> {
  /** Service and method, such as AccountService/CreateAccount. */
  name: string
  request: Codec<Request>
  response: Codec<Response>
}

/** Runs a command in one transaction and answers a repeat of it with its first answer; wakes who waits for its effect. */
export async function answerCommand<Request extends { idempotencyKey: string }, Response>(
  deps: CommandDeps,
  { method, request }: { method: CommandMethod<Request, Response>; request: Request },
  run: (tx: Transaction<ChannelDb>) => Promise<Response>,
): Promise<Response> {
  const keyed = {
    key: request.idempotencyKey,
    method: method.name,
    request: method.request.encode(request).finish(),
  }
  const answer = await deps.db
    .transaction()
    .execute((tx) => answerOnce(tx, keyed, async () => method.response.encode(await run(tx)).finish()))
  deps.poke()
  return method.response.decode(answer)
}
