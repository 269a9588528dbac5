import { call, type RequestOf, type ResponseOf, type UnaryMethod } from '@lockstep/rpc/client'
import { isServiceError } from '@lockstep/rpc/refusal'

import type { PeerName } from '../config.ts'
import type { Peer } from './peers.ts'

/** A call to a service that ended badly: its gRPC error is the cause. */
export class PeerError extends Error {
  override readonly name = 'PeerError'
  readonly peer: PeerName

  constructor(peer: PeerName, cause: Error) {
    super(`${peer}: ${cause.message}`, { cause })
    this.peer = peer
  }
}

/** On whose behalf a peer is asked, and what ends the call. */
export interface Asker {
  readonly actor: string
  readonly signal?: AbortSignal
}

const READ_TIMEOUT_MS = 8_000
/** A command may read from Amazon before it answers. */
const COMMAND_TIMEOUT_MS = 20_000

/** Reads from a peer; repeated within its time when the peer is away. Fails with PeerError. */
// oxlint-disable-next-line max-params -- reads like the call it makes: whom, what, with what, for whom
export function ask<C extends object, M extends UnaryMethod<C>>(
  peer: Peer<C>,
  method: M,
  request: RequestOf<C, M>,
  asker: Asker,
): Promise<ResponseOf<C, M>> {
  const settings = { ...asker, timeoutMs: READ_TIMEOUT_MS, readOnly: true }
  return call(peer.client, method, request, settings).catch((error: unknown) => fail(peer.name, error))
}

/** Gives a peer a command, which carries its idempotency key. Fails with PeerError. */
// oxlint-disable-next-line max-params -- as `ask`
export function command<C extends object, M extends UnaryMethod<C>>(
  peer: Peer<C>,
  method: M,
  request: RequestOf<C, M> & { idempotencyKey: string },
  asker: Asker,
): Promise<ResponseOf<C, M>> {
  const settings = { ...asker, timeoutMs: COMMAND_TIMEOUT_MS }
  return call(peer.client, method, request, settings).catch((error: unknown) => fail(peer.name, error))
}

/** Gives a peer a command that it takes once by what is in it, such as a state that is used up. Never repeated here. Fails with PeerError. */
// oxlint-disable-next-line max-params -- as `ask`
export function once<C extends object, M extends UnaryMethod<C>>(
  peer: Peer<C>,
  method: M,
  request: RequestOf<C, M>,
  asker: Asker,
): Promise<ResponseOf<C, M>> {
  const settings = { ...asker, timeoutMs: COMMAND_TIMEOUT_MS }
  return call(peer.client, method, request, settings).catch((error: unknown) => fail(peer.name, error))
}

/**
 * What a peer adds to an answer that is worth giving without it: undefined when the peer is away or does not know. A fault that is no peer's goes on.
 */
export async function unlessAway<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer
  } catch (error) {
    if (error instanceof PeerError) return undefined
    throw error
  }
}

function fail(peer: PeerName, error: unknown): never {
  throw isServiceError(error) ? new PeerError(peer, error) : error
}
