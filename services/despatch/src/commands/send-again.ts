import type { Clock } from '@lockstep/contracts/clock'
import type { Ids } from '@lockstep/contracts/ids'
import type { DespatchReason } from '@lockstep/contracts/reasons'
import { answerOnce } from '@lockstep/postgres/idempotency'
import type { Kysely, Transaction } from 'kysely'

import { type Despatch, isStopped } from '../domain/despatch.ts'
import { announce, auditWords } from '../events/despatch-events.ts'
import type { AccountRead } from '../peers/peers.ts'
import type { DespatchDb } from '../store/database.ts'
import { changeDespatch, findDespatch, findDespatchesOf, lockDespatch } from '../store/despatches.ts'

/** What sending again works with. */
export interface SendAgainDeps {
  readonly db: Kysely<DespatchDb>
  readonly clock: Clock
  readonly ids: Ids
  /** Reads the account now. Undefined when there is none. */
  readAccount(accountId: string): Promise<AccountRead | undefined>
}

/** The command. */
export interface SendAgain {
  readonly idempotencyKey: string
  readonly request: Uint8Array
  readonly actor: string
  /** Our order id or Amazon's. */
  readonly order: string
  /** The parcel's number as text; empty when only one has stopped. */
  readonly parcel: string
}

/** Why nothing is sent again. */
export interface SendAgainRefusal {
  readonly reason: DespatchReason
  readonly message: string
  readonly field: string
  readonly value: string
  readonly candidates?: readonly string[]
}

/** The despatch, in line again, or why not. */
export type SendAgainResult =
  | { readonly kind: 'in_line'; readonly despatch: Despatch }
  | { readonly kind: 'refused'; readonly refusal: SendAgainRefusal }

/**
 * Puts a stopped despatch in line again on a person's word: held, rejected, or failed for good. It keeps its parcel number, which is Amazon's
 * reference of the package, and what is unknown of an earlier call is asked about before it is sent. Stock does not move: it fell with the first processing.
 */
export async function sendAgain(deps: SendAgainDeps, command: SendAgain): Promise<SendAgainResult> {
  const { idempotencyKey: key, request } = command
  const choice = chooseStopped(await findDespatchesOf(deps.db, command.order), command)
  // A repeat finds nothing stopped any more, and still gets the first answer.
  const account = choice.kind === 'chosen' ? await deps.readAccount(choice.despatch.accountId) : undefined
  const disabled = choice.kind === 'chosen' && !account?.enabled ? accountOff(choice.despatch) : undefined
  try {
    const despatchId = await deps.db.transaction().execute((tx) =>
      answerOnce(tx, { key, method: 'SendDespatchAgain', request }, async () => {
        if (choice.kind === 'refused') throw new RefusedError(choice.refusal)
        if (disabled) throw new RefusedError(disabled)
        await release(tx, deps, { despatchId: choice.despatch.id, command })
        return choice.despatch.id
      }),
    )
    const despatch = await findDespatch(deps.db, despatchId)
    if (!despatch) throw new Error(`despatch ${despatchId} is gone`)
    return { kind: 'in_line', despatch }
  } catch (error) {
    if (error instanceof RefusedError) return { kind: 'refused', refusal: error.refusal }
    throw error
  }
}

type Choice =
  | { readonly kind: 'chosen'; readonly despatch: Despatch }
  | { readonly kind: 'refused'; readonly refusal: SendAgainRefusal }

function chooseStopped(all: readonly Despatch[], { order, parcel }: SendAgain): Choice {
  const named = all.filter((despatch) => parcel === '' || String(despatch.parcel) === parcel)
  const stopped = named.filter(isStopped)
  const [first] = stopped
  if (first && stopped.length === 1) return { kind: 'chosen', despatch: first }
  if (first) {
    const message = `${String(stopped.length)} parcels of ${order} have stopped: name one with --parcel`
    const candidates = stopped.map((despatch) => String(despatch.parcel))
    return { kind: 'refused', refusal: { reason: 'AMBIGUOUS', message, field: 'parcel', value: parcel, candidates } }
  }
  const states = named.map((despatch) => `parcel ${String(despatch.parcel)} is ${despatch.state}`).join(', ')
  const what = parcel === '' ? order : `parcel ${parcel} of ${order}`
  const message = states === '' ? `${what} was never despatched here` : `nothing of ${what} has stopped: ${states}`
  return { kind: 'refused', refusal: { reason: 'NOTHING_STOPPED', message, field: 'order', value: order } }
}

const accountOff = ({ channelOrderId, accountId }: Despatch): SendAgainRefusal => ({
  reason: 'ACCOUNT_DISABLED',
  message: `the account of ${channelOrderId} is disabled or gone: Amazon cannot be told`,
  field: 'account',
  value: accountId,
})

async function release(
  tx: Transaction<DespatchDb>,
  { clock, ids }: SendAgainDeps,
  { despatchId, command }: { despatchId: string; command: SendAgain },
): Promise<void> {
  const before = await lockDespatch(tx, despatchId)
  // Somebody else may have released it since it was chosen: once is enough.
  if (!isStopped(before)) return
  const at = clock.now()
  await changeDespatch(tx, despatchId, { state: 'planned', nextAttemptAt: at, releasedAt: at, error: '' })
  const after = { ...(await lockDespatch(tx, despatchId)), actor: command.actor }
  const note = `parcel ${String(after.parcel)} is sent after all`
  const audit = { text: auditWords.released, note, oldValue: before.state, newValue: after.state }
  // "processed" names the despatch once more: stock counts each despatch once.
  await announce(tx, ids, { verb: 'processed', despatch: after, audit, at })
}

/** A refusal inside the transaction, so that nothing of it stays. */
class RefusedError extends Error {
  override readonly name = 'RefusedError'
  readonly refusal: SendAgainRefusal

  constructor(refusal: SendAgainRefusal) {
    super(refusal.message)
    this.refusal = refusal
  }
}
