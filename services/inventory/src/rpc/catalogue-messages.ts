import type {
  ItemDetails as ItemDetailsMessage,
  PutItemLine,
  PutItemResult as PutItemResultMessage,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/catalogue_service.ts'
import type { Money } from '@lockstep/contracts/generated/lockstep/types/v1/types.ts'
import type { PutLine } from '../commands/judge-items.ts'
import type { PutResult } from '../commands/put-items.ts'
import type { ItemChange, Price } from '../domain/item-details.ts'
import type { Location } from '../domain/stock.ts'
import type { DetailedItem } from '../store/item-details.ts'
import { lineRefusalMessage } from './messages.ts'

export function putLineOf(line: PutItemLine): PutLine {
  return { ...changeOf({ ...line, removeProperties: [] }), sku: line.sku, onHand: line.onHand, location: line.location }
}

/** What a message asks to change of an item. */
export function changeOf(
  message: Omit<PutItemLine, 'sku' | 'onHand' | 'location'> & { removeProperties: readonly string[] },
): ItemChange {
  return {
    title: message.title,
    description: message.description,
    purchasePrice: priceOf(message.purchasePrice),
    retailPrice: priceOf(message.retailPrice),
    weightGrams: message.weightGrams === undefined ? undefined : Number(message.weightGrams),
    taxRateBasisPoints: message.taxRateBasisPoints,
    setProperties: message.setProperties.map((property) => ({ ...property, type: property.type || 'Attribute' })),
    removeProperties: message.removeProperties,
  }
}

/** An amount as the message holds it. */
export const priceOf = (money: Money | undefined): Price | undefined =>
  money && { minor: Number(money.minor), currency: money.currency }

export const moneyOf = ({ minor, currency }: Price): Money => ({ minor: BigInt(minor), currency })

export function putResultMessage(result: PutResult): PutItemResultMessage {
  if (result.outcome === 'refused') {
    return { itemId: '', outcome: result.outcome, changes: [], refusal: lineRefusalMessage(result.refusal) }
  }
  return { ...result, refusal: undefined }
}

export function itemDetailsMessage(item: DetailedItem, locations: readonly Location[]): ItemDetailsMessage {
  const { id, sku, title, kit, createdAt } = item
  return {
    item: { id, sku, title, kit, createdAt },
    version: BigInt(item.version),
    description: item.description,
    purchasePrice: moneyOf(item.purchasePrice),
    retailPrice: moneyOf(item.retailPrice),
    weightGrams: BigInt(item.weightGrams),
    taxRateBasisPoints: item.taxRateBasisPoints,
    properties: item.properties,
    untrackedIn: locations.filter((location) => item.untrackedIn.includes(location.id)).map(({ name }) => name),
  }
}
