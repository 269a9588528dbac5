import { textProblem } from '../domain/names.ts'
import { batchSizeProblem, transferQuantityProblem } from '../domain/quantities.ts'
import { batchRefused, isRefused, lineRefused, refused, type Problem, type Refused } from '../domain/refusal.ts'
import type { MoveKind } from '../domain/stock.ts'
import { onTheWay, type Transfer } from '../domain/transfers.ts'
import { findTransfer, unknownTransfer } from '../queries/list-transfers.ts'
import { askable } from '../store/items.ts'
import { countTransferUnits, endTransfer, lockTransfer } from '../store/transfers.ts'
import { repeatedProblem, transferCause, type TransferQuantity } from './send-transfer.ts'
import { mostBatchLines } from './set-stock.ts'
import { runCommand, type CommandCall, type CommandDeps, type StockTransaction } from './stock-transaction.ts'

export interface ReceiveTransferCommand extends CommandCall {
  transferId: string
  /** All that is on its way when empty. */
  lines: readonly TransferQuantity[]
  note: string
}

/** Puts what has arrived on the shelf; what has not stays on its way. Two people who receive the same goods count them once. */
export async function receiveTransfer(
  deps: CommandDeps,
  { actor, idempotencyKey, ...request }: ReceiveTransferCommand,
): Promise<{ transfer: Transfer } | Refused> {
  const isListed = request.lines.length > 0
  const problem =
    textProblem('note', request.note) ?? (isListed ? batchSizeProblem(request.lines.length, mostBatchLines) : undefined)
  if (problem) return refused(problem)
  return runCommand(deps, { name: 'receive-transfer', idempotencyKey, request }, async (stock) => {
    const transfer = await lockOpenTransfer(stock, request.transferId)
    if (isRefused(transfer)) return transfer
    const found = isListed ? listedUnits(transfer, request.lines) : { units: outstanding(transfer) }
    if ('kind' in found) return found
    return settle(stock, transfer, { ...found, actor, note: request.note, as: 'received' })
  })
}

export interface CancelTransferCommand extends CommandCall {
  transferId: string
  note: string
}

/** Puts what is still on its way back where it came from, and ends the transfer. */
export async function cancelTransfer(
  deps: CommandDeps,
  { actor, idempotencyKey, ...request }: CancelTransferCommand,
): Promise<{ transfer: Transfer } | Refused> {
  const problem = textProblem('note', request.note)
  if (problem) return refused(problem)
  return runCommand(deps, { name: 'cancel-transfer', idempotencyKey, request }, async (stock) => {
    const transfer = await lockOpenTransfer(stock, request.transferId)
    if (isRefused(transfer)) return transfer
    return settle(stock, transfer, { units: outstanding(transfer), actor, note: request.note, as: 'returned' })
  })
}

async function lockOpenTransfer({ tx }: StockTransaction, id: string): Promise<Transfer | Refused> {
  const [asked] = askable([id])
  const transfer = asked === undefined ? undefined : await lockTransfer(tx, asked)
  if (!transfer) return unknownTransfer(id)
  if (transfer.state === 'in_flight') return transfer
  const message = `transfer ${transfer.id} has ended: it was ${transfer.state} at ${transfer.endedAt?.toISOString() ?? ''}`
  return refused({ reason: 'TRANSFER_ENDED', message, field: 'transfer_id', value: transfer.id })
}

interface Units {
  itemId: string
  quantity: number
}

function outstanding(transfer: Transfer): Units[] {
  const units = transfer.lines.map((line) => ({ itemId: line.itemId, quantity: onTheWay(line) }))
  return units.filter(({ quantity }) => quantity > 0)
}

function listedUnits(transfer: Transfer, lines: readonly TransferQuantity[]): { units: Units[] } | Refused {
  const first = new Map<string, number>()
  const units: Units[] = []
  const bad = lines.flatMap(({ item, quantity }, index) => {
    const line = transfer.lines.find(({ itemId, itemSku }) => itemId === item || itemSku === item)
    const problem = line
      ? (transferQuantityProblem(quantity) ??
        repeatedProblem(line.itemSku, first.get(line.itemId)) ??
        tooMany(line, quantity))
      : notInTransfer(transfer, item)
    if (problem || !line) return problem ? [lineRefused({ index, item }, problem)] : []
    first.set(line.itemId, index)
    units.push({ itemId: line.itemId, quantity: Number(quantity) })
    return []
  })
  return batchRefused(bad, lines.length) ?? { units }
}

function notInTransfer(transfer: Transfer, item: string): Problem {
  const message = `transfer ${transfer.id} holds no item "${item}"`
  const candidates = transfer.lines.slice(0, 20).map(({ itemSku }) => itemSku)
  return {
    reason: 'ITEM_UNKNOWN',
    message,
    nextStep: 'name an item of the transfer',
    candidates,
    field: 'item',
    value: item,
  }
}

function tooMany(line: Transfer['lines'][number], quantity: bigint): Problem | undefined {
  if (quantity <= onTheWay(line)) return undefined
  const message = `only ${onTheWay(line)} of ${line.itemSku} are on their way: ${quantity} cannot have arrived`
  const nextStep = 'receive what is on its way, and count what is beyond it: lockstep stock adjust --kind correction'
  return { reason: 'QUANTITY_INVALID', message, nextStep, field: 'quantity', value: String(quantity) }
}

async function settle(
  stock: StockTransaction,
  transfer: Transfer,
  { units, as, actor, note }: { units: readonly Units[]; as: 'received' | 'returned'; actor: string; note: string },
): Promise<{ transfer: Transfer } | Refused> {
  const { id, fromLocationId, toLocationId, fromLocationName: from, toLocationName: to } = transfer
  await countTransferUnits(stock.tx, { id, as, units })
  const [locationId, kind] = as === 'received' ? [toLocationId, received] : [fromLocationId, cancelled]
  await stock.move({
    moves: units.map(({ itemId, quantity }) => ({ itemId, locationId, onHandBy: quantity, kind })),
    // The goods are there: what the shelf may hold does not decide it.
    refuse: 'never',
    write: 'all',
    cause: transferCause({ id, actor, note }, { from, to }),
  })
  const after = await findTransfer(stock.tx, id)
  if (isRefused(after) || after.lines.some((line) => onTheWay(line) > 0))
    return isRefused(after) ? after : { transfer: after }
  await endTransfer(stock.tx, id, as === 'received' ? 'received' : 'cancelled')
  const ended = await findTransfer(stock.tx, id)
  return isRefused(ended) ? ended : { transfer: ended }
}

const received: MoveKind = 'transfer_received'
const cancelled: MoveKind = 'transfer_cancelled'
