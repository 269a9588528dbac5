import type {
  GetAvailabilityBucketRequest,
  GetAvailabilityBucketResponse,
  GetAvailabilityDigestsResponse,
  GetAvailabilityRequest,
  GetAvailabilityResponse,
  GetOrderBooksRequest,
  GetOrderBooksResponse,
  LineBooks as LineBooksMessage,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import type { CommandDeps } from '../commands/stock-transaction.ts'
import { shippedOutside, type LineBooks } from '../domain/order-books.ts'
import { availabilityDigests, availabilityOf, availabilityOfBucket } from '../queries/availability.ts'
import { askable } from '../store/items.ts'
import { booksOfOrder } from '../queries/order-books.ts'
import { askedPage, availabilityMessage } from './messages.ts'
import { orRefuse } from './refusing.ts'

export async function handleGetAvailability(
  { db }: CommandDeps,
  { itemIds }: GetAvailabilityRequest,
): Promise<GetAvailabilityResponse> {
  const items = orRefuse('GetAvailability', await availabilityOf(db, itemIds))
  return { items: items.map(availabilityMessage) }
}

export async function handleGetAvailabilityDigests({ db }: CommandDeps): Promise<GetAvailabilityDigestsResponse> {
  return { digests: await availabilityDigests(db) }
}

export async function handleGetAvailabilityBucket(
  { db }: CommandDeps,
  { bucket, page }: GetAvailabilityBucketRequest,
): Promise<GetAvailabilityBucketResponse> {
  const found = orRefuse('GetAvailabilityBucket', await availabilityOfBucket(db, { bucket, page: askedPage(page) }))
  return { items: found.items.map(availabilityMessage), nextPageToken: found.nextPageToken }
}

/** An order that inventory has not heard of has no lines here yet. */
export async function handleGetOrderBooks(
  { db }: CommandDeps,
  { orderId }: GetOrderBooksRequest,
): Promise<GetOrderBooksResponse> {
  const [id] = askable([orderId])
  const lines = id === undefined ? [] : await booksOfOrder(db, id)
  return { lines: lines.map(lineBooksMessage) }
}

function lineBooksMessage(line: LineBooks): LineBooksMessage {
  return {
    orderLineId: line.lineId,
    ordered: BigInt(line.ordered),
    cancelled: BigInt(line.cancelled),
    fulfilledOnAmazon: BigInt(line.fulfilledOnAmazon),
    despatched: BigInt(line.despatched),
    shippedOutside: BigInt(shippedOutside(line)),
    reserved: BigInt(line.reserved),
    locationId: line.place?.locationId ?? '',
  }
}
