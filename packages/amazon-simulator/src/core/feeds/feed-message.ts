import { isJsonObject, quoted, type JsonObject } from '../json.ts'
import { effectOf, readPatchDocument, type PatchEffect } from '../patch-document.ts'
import { invalidAttribute, missingAttribute, type ListingIssue } from '../patch-issues.ts'
import type { Seller } from '../records.ts'
import { AmazonRefusalError } from '../refusals.ts'

const operationTypes = ['UPDATE', 'PARTIAL_UPDATE', 'PATCH', 'DELETE'] as const
type OperationType = (typeof operationTypes)[number]

/** One message of a listings feed after all checks. A message with an ERROR changes nothing. */
export interface FeedMessage {
  messageId: number | null
  sku: string
  operationType: OperationType
  issues: ListingIssue[]
  /** Null for DELETE and for a message that cannot be read. */
  effect: PatchEffect | null
  isInvalid: boolean
}

/** Reads a message by the rules of patchListingsItem. Never throws: what is wrong is an issue. */
export function readFeedMessage(
  message: JsonObject,
  of: { seller: Pick<Seller, 'region'>; marketplaceIds: readonly string[] },
): FeedMessage {
  const { messageId, sku, operationType } = message
  const operation = operationTypes.find((name) => name === operationType)
  const isIdValid =
    typeof messageId === 'number' && Number.isInteger(messageId) && messageId >= 1 && messageId < 2 ** 31
  const read = { messageId: isIdValid ? messageId : null, sku: typeof sku === 'string' ? sku : '' }
  const issues: ListingIssue[] = []
  if (!isIdValid)
    issues.push(wrong('messageId', `'messageId' must be from 1 to 2147483647, not '${quoted(messageId)}'.`))
  if (read.sku === '') issues.push(missingAttribute('sku', 'sku'))
  if (!operation) {
    issues.push(wrong('operationType', `'operationType' must be one of ${operationTypes.join(', ')}.`))
    return { ...read, operationType: 'PATCH', issues, effect: null, isInvalid: true }
  }
  const effect = operation === 'DELETE' ? null : readEffect(message, { ...of, operation, issues })
  issues.push(...(effect?.issues ?? []))
  const isInvalid = issues.some(({ severity }) => severity === 'ERROR')
  return { ...read, operationType: operation, issues, effect, isInvalid }
}

interface Reading {
  seller: Pick<Seller, 'region'>
  marketplaceIds: readonly string[]
  operation: Exclude<OperationType, 'DELETE'>
  issues: ListingIssue[]
}

function readEffect(message: JsonObject, reading: Reading): PatchEffect | null {
  const { operation, seller, marketplaceIds, issues } = reading
  const { productType, patches, attributes } = message
  try {
    if (operation === 'PATCH') return effectOf(readPatchDocument({ productType, patches }), seller, marketplaceIds)
    if (!isJsonObject(attributes) || Object.keys(attributes).length === 0) {
      issues.push(missingAttribute('attributes', 'attributes'))
      return null
    }
    if (operation === 'UPDATE' && !('item_name' in attributes) && message['requirements'] !== 'LISTING_OFFER_ONLY') {
      issues.push(missingAttribute('item_name', 'item_name'))
    }
    const document = readPatchDocument({ productType, patches: patchesOf(attributes, operation) })
    return effectOf(document, seller, marketplaceIds)
  } catch (err) {
    if (!(err instanceof AmazonRefusalError)) throw err
    issues.push(wrong(operation === 'PATCH' ? 'patches' : 'attributes', err.message))
    return null
  }
}

/** PARTIAL_UPDATE replaces what it names; UPDATE also takes away the sales terms it does not name. */
function patchesOf(attributes: JsonObject, operation: OperationType): unknown[] {
  const given = Object.entries(attributes).map(([name, value]) => ({
    op: 'replace',
    path: `/attributes/${name}`,
    value,
  }))
  if (operation !== 'UPDATE') return given
  const dropped = ['fulfillment_availability', 'purchasable_offer'].filter((name) => !(name in attributes))
  return [...given, ...dropped.map((name) => ({ op: 'delete', path: `/attributes/${name}` }))]
}

function wrong(attribute: string, message: string): ListingIssue {
  return invalidAttribute(attribute, message)
}
