import type { Clock } from '@lockstep/contracts/clock'
import type { Ids } from '@lockstep/contracts/ids'
import type { DespatchReason } from '@lockstep/contracts/reasons'
import { failpoint } from '@lockstep/postgres/failpoint'
import { answerOnce } from '@lockstep/postgres/idempotency'
import type { Kysely, Transaction } from 'kysely'

import { checkParcel, type ParcelDetails } from '../domain/check-request.ts'
import { chooseLines, type WantedLine } from '../domain/choose-lines.ts'
import type { Despatch, DespatchLine } from '../domain/despatch.ts'
import { announce, type AuditLine, auditWords } from '../events/despatch-events.ts'
import type { AccountRead, OrderRead } from '../peers/peers.ts'
import type { DespatchDb } from '../store/database.ts'
import { despatchedUnits, findDespatch, insertDespatch, lockOrder, nextParcel } from '../store/despatches.ts'

/** What processing an order works with. */
export interface ProcessOrderDeps {
  readonly db: Kysely<DespatchDb>
  readonly clock: Clock
  readonly ids: Ids
  /** Reads the order now. Throws PeerUnavailableError when that cannot be done. */
  readOrder(order: string): Promise<{ kind: 'read'; order: OrderRead } | { kind: 'refused'; refusal: ProcessRefusal }>
  /** Reads the account now. Undefined when there is none. */
  readAccount(accountId: string): Promise<AccountRead | undefined>
}

/** The command. */
export interface ProcessOrder {
  readonly idempotencyKey: string
  readonly request: Uint8Array
  readonly actor: string
  readonly order: string
  readonly parcel: ParcelDetails
  readonly lines: readonly WantedLine[]
}

/** Why an order is not processed. */
export interface ProcessRefusal {
  readonly reason: DespatchReason
  readonly message: string
  readonly field: string
  readonly value: string
}

/** A refusal inside the transaction, so that nothing of it stays. */
class RefusedError extends Error {
  override readonly name = 'RefusedError'
  readonly refusal: ProcessRefusal

  constructor(refusal: ProcessRefusal) {
    super(refusal.message)
    this.refusal = refusal
  }
}

/** The despatch, or why there is none. */
export type ProcessResult =
  | { readonly kind: 'processed'; readonly despatch: Despatch }
  | { readonly kind: 'refused'; readonly refusal: ProcessRefusal }

/**
 * Processes an order: records the despatch and announces it, so that stock falls; Amazon is told afterwards. Decided on the order as it stands at
 * this moment; when it cannot be read, nothing happens. Repeating the command gives the first despatch.
 */
export async function processOrder(deps: ProcessOrderDeps, command: ProcessOrder): Promise<ProcessResult> {
  const problem = checkParcel(command.parcel)
  if (problem) return { kind: 'refused', refusal: problem }
  const read = await deps.readOrder(command.order)
  if (read.kind === 'refused') return read
  const account = read.order.accountId === '' ? undefined : await deps.readAccount(read.order.accountId)
  try {
    const despatchId = await deps.db
      .transaction()
      .execute((tx) =>
        answerOnce(tx, { key: command.idempotencyKey, method: 'ProcessOrder', request: command.request }, () =>
          recordDespatch(tx, deps, { command, order: read.order, account }),
        ),
      )
    failpoint('process-order.after-commit')
    const despatch = await findDespatch(deps.db, despatchId)
    if (!despatch) throw new Error(`despatch ${despatchId} is gone`)
    return { kind: 'processed', despatch }
  } catch (error) {
    if (error instanceof RefusedError) return { kind: 'refused', refusal: error.refusal }
    throw error
  }
}

interface Decision {
  readonly command: ProcessOrder
  readonly order: OrderRead
  readonly account: AccountRead | undefined
}

async function recordDespatch(
  tx: Transaction<DespatchDb>,
  deps: ProcessOrderDeps,
  decision: Decision,
): Promise<string> {
  const { command, order, account } = decision
  await lockOrder(tx, order.orderId)
  if (order.refusal) {
    const { reason, detail } = order.refusal
    throw new RefusedError({
      reason,
      message: `${order.channelOrderId}: ${detail}`,
      field: 'order',
      value: command.order,
    })
  }
  const lines = await openLines(tx, decision)
  const despatch = newDespatch(deps, decision, { lines, parcel: await nextParcel(tx, order.orderId) })
  await insertDespatch(tx, despatch)
  const at = despatch.despatchedAt
  const parcel = `parcel ${String(despatch.parcel)}, ${despatch.carrier}, ${despatch.tracking}`
  await announce(tx, deps.ids, { verb: 'processed', despatch, audit: { text: auditWords.processed, note: parcel }, at })
  const ended = endedAtOnce(account)
  if (ended) await announce(tx, deps.ids, { verb: ended.verb, despatch, audit: ended.audit, at })
  failpoint('process-order.before-commit')
  return despatch.id
}

async function openLines(tx: Transaction<DespatchDb>, { command, order }: Decision): Promise<readonly DespatchLine[]> {
  const despatched = await despatchedUnits(tx, order.orderId)
  const books = order.lines.map((line) => ({ ...line, despatched: despatched.get(line.orderLineId) ?? 0 }))
  const chosen = chooseLines(books, command.lines)
  if (chosen.kind === 'chosen') return chosen.lines
  throw new RefusedError({ reason: chosen.reason, message: chosen.detail, field: 'lines', value: chosen.value })
}

function newDespatch(
  { clock, ids }: ProcessOrderDeps,
  { command, order, account }: Decision,
  parts: { lines: readonly DespatchLine[]; parcel: number },
): Despatch {
  const now = clock.now()
  const state = endedAtOnce(account)?.state ?? 'planned'
  return {
    id: ids.next('dsp'),
    orderId: order.orderId,
    channelOrderId: order.channelOrderId,
    accountId: order.accountId,
    connectionId: order.connectionId,
    marketplaceId: order.marketplaceId,
    ...command.parcel,
    ...parts,
    state,
    attempts: 0,
    failures: 0,
    nextAttemptAt: state === 'planned' ? now : undefined,
    sendingSince: undefined,
    releasedAt: undefined,
    error: '',
    actor: command.actor,
    despatchedAt: now,
    snapshotAt: order.snapshotAt,
  }
}

interface Ended {
  readonly state: Despatch['state']
  readonly verb: 'processed' | 'rejected'
  readonly audit: AuditLine
}

/** A despatch that Amazon is never told of; the goods leave all the same. */
function endedAtOnce(account: AccountRead | undefined): Ended | undefined {
  if (!account?.enabled) {
    const note = account ? 'the account is disabled' : 'the order belongs to no account'
    return { state: 'rejected', verb: 'rejected', audit: { text: auditWords.rejected, note } }
  }
  if (account.despatchNotes) return undefined
  return {
    state: 'not_required',
    verb: 'processed',
    audit: { text: auditWords.notRequired, note: 'despatch notes are off' },
  }
}
