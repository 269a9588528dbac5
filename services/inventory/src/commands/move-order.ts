import { locationNamed } from '../domain/named.ts'
import { booksMovedTo, isPartlyGone, openUnits, type OrderBooks } from '../domain/order-books.ts'
import { refused, shown, type Problem, type Refused } from '../domain/refusal.ts'
import type { Location, StockLevel } from '../domain/stock.ts'
import { askable, getItemById } from '../store/items.ts'
import { listLocations } from '../store/locations.ts'
import type { MoveOutcome } from '../store/move-stock.ts'
import { lockBooks, saveLines, saveOrderLocation } from '../store/order-books.ts'
import { runCommand, type CommandCall, type CommandDeps, type StockTransaction } from './stock-transaction.ts'

export interface MoveOrderCommand extends CommandCall {
  /** Our id. */
  orderId: string
  location: string
}

export interface MoveOrderResult {
  location: Location
  levels: StockLevel[]
}

/**
 * Has an order served from another location. Its reservation goes with it in one statement, so that it is never in both places, nor in none,
 * and each item makes one event. Refused where too little is available: a person may bring stock there first.
 */
export async function moveOrder(
  deps: CommandDeps,
  { actor, idempotencyKey, ...request }: MoveOrderCommand,
): Promise<MoveOrderResult | Refused> {
  return runCommand(deps, { name: 'move-order', idempotencyKey, request }, async (stock) => {
    const [orderId] = askable([request.orderId])
    const books = orderId === undefined ? undefined : await lockBooks(stock.tx, orderId)
    if (!books) return unknownOrder(request.orderId)
    const locations = await listLocations(stock.tx)
    const location = targetLocation(locations, request.location)
    if ('reason' in location) return refused(location)
    const problem = orderProblem(books) ?? centreProblem(books, { locations, location })
    return problem ? refused(problem) : move(stock, books, { location, actor })
  })
}

function unknownOrder(orderId: string): Refused {
  const message = `no order "${shown(orderId)}" has come here yet`
  return refused({ reason: 'ORDER_UNKNOWN', message, field: 'order_id', value: shown(orderId) })
}

function targetLocation(locations: readonly Location[], text: string): Location | Problem {
  const location = text === '' ? undefined : locationNamed(locations, text)
  if (!location) return { reason: 'LOCATION_UNKNOWN', message: 'no location is named', field: 'location', value: '' }
  if ('reason' in location || location.kind !== 'fba') return location
  const message = `what lies in ${location.name} is sold by Amazon: an order of ours cannot be served from there`
  return {
    reason: 'LOCATION_NOT_OURS',
    message,
    nextStep: 'name another location',
    field: 'location',
    value: location.name,
  }
}

function orderProblem({ orderId, movesStock, lines }: OrderBooks): Problem | undefined {
  const about = { reason: 'ORDER_NOT_MOVABLE', field: 'order_id', value: orderId } as const
  if (!movesStock)
    return {
      ...about,
      message: `order ${orderId} moves no stock of ours: Amazon ships it, or it is from before go-live`,
    }
  if (lines.every((line) => openUnits(line) === 0))
    return { ...about, message: `every line of order ${orderId} has left or is cancelled` }
  if (!lines.some(isPartlyGone)) return undefined
  const message = `a part of a line of order ${orderId} has left already`
  return { ...about, message, nextStep: 'despatch the rest from where it is' }
}

/** What a third party has in hand it ships, until it says that it does not. */
function centreProblem(
  { orderId, lines }: OrderBooks,
  { locations, location }: { locations: readonly Location[]; location: Location },
): Problem | undefined {
  const theirs = locations.find(({ id, kind }) => {
    return (
      kind !== 'own' && id !== location.id && lines.some((line) => line.reserved > 0 && line.place?.locationId === id)
    )
  })
  if (!theirs) return undefined
  const message = `order ${orderId} is with ${theirs.name}, which ships it`
  const nextStep = 'have it cancelled there first'
  return { reason: 'LOCATION_NOT_OURS', message, nextStep, field: 'order_id', value: orderId }
}

async function move(
  stock: StockTransaction,
  books: OrderBooks,
  { location, actor }: { location: Location; actor: string },
): Promise<MoveOrderResult | Refused> {
  const { after, moves } = booksMovedTo(books, location.id)
  const cause = { reference: books.orderId, actor, note: `to ${location.name}` }
  const outcomes = await stock.move({ moves, refuse: 'available', write: 'all', cause })
  const short = outcomes.find(({ outcome }) => outcome === 'refused')
  if (short) return tooFew(short, { location, wanted: moves, item: await getItemById(stock.tx, short.level.itemId) })
  await saveLines(stock.tx, after)
  await saveOrderLocation(stock.tx, after)
  return { location, levels: outcomes.map(({ level }) => level) }
}

function tooFew(
  { level }: MoveOutcome,
  {
    location,
    wanted,
    item,
  }: {
    location: Location
    item: { sku: string }
    wanted: readonly { itemId: string; locationId: string; reservedBy?: number }[]
  },
): Refused {
  const units = wanted.find(({ itemId, locationId }) => itemId === level.itemId && locationId === level.locationId)
  const message = `only ${Math.max(0, level.available)} of ${item.sku} are available in ${location.name}, the order needs ${units?.reservedBy ?? 0}`
  const nextStep = 'bring stock there first: lockstep stock transfer send <from> <to> <item>=<quantity> --arrived'
  return refused({ reason: 'INSUFFICIENT_STOCK', message, nextStep, field: 'location', value: location.name })
}
