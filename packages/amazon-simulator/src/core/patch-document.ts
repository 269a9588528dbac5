import { invalidAttribute, missingAttribute, type ListingIssue } from './patch-issues.ts'
import { badRequest } from './refusals.ts'
import type { Availability, FulfillmentChannel, OfferChange, Seller } from './records.ts'
import { isJsonObject, quoted, type JsonObject } from './json.ts'
import { findMarketplace } from './marketplaces.ts'
import { parseIso } from './times.ts'

const patchOperations = ['add', 'replace', 'merge', 'delete'] as const
type PatchOperation = (typeof patchOperations)[number]

/** The body of patchListingsItem after the checks that answer 400. */
export interface PatchDocument {
  productType: string
  patches: { op: PatchOperation; attribute: string; value: JsonObject[] }[]
}

/** What an accepted document changes. `availability` fields that are absent stay as they are. */
export interface PatchEffect {
  issues: ListingIssue[]
  channel: FulfillmentChannel | null
  availability: Partial<Availability> | null
  offers: OfferChange[]
  attributes: { name: string; marketplaceId: string; value: unknown[] }[]
}

/** Reads the body. Throws Amazon's 400 when it cannot be understood at all. */
export function readPatchDocument(body: unknown): PatchDocument {
  if (!isJsonObject(body)) throw badRequest('Invalid parameters provided: the body must be a JSON object.')
  const { productType, patches } = body
  if (typeof productType !== 'string' || productType === '') throw badRequest("'productType' is required.")
  if (!Array.isArray(patches) || patches.length === 0)
    throw badRequest("'patches' must be a list with at least one entry.")
  return { productType, patches: patches.map(readPatch) }
}

/** Names of the attributes a body touches, for the limits that depend on them. Never throws. */
export function attributeNamesIn(body: unknown): string[] {
  if (!isJsonObject(body) || !Array.isArray(body['patches'])) return []
  return body['patches'].flatMap((patch: unknown) => {
    const path = isJsonObject(patch) ? patch['path'] : undefined
    return typeof path === 'string' && path.startsWith('/attributes/') ? [path.slice('/attributes/'.length)] : []
  })
}

function readPatch(patch: unknown): PatchDocument['patches'][number] {
  if (!isJsonObject(patch)) throw badRequest('Each entry of patches must be an object.')
  const { op, path, value } = patch
  const known = patchOperations.find((name) => name === op)
  if (!known) throw badRequest(`Patch operation '${quoted(op)}' is not one of ${patchOperations.join(', ')}.`)
  const attribute = typeof path === 'string' ? /^\/attributes\/([A-Za-z0-9_]+)$/.exec(path)?.[1] : undefined
  if (!attribute)
    throw badRequest(`Patch path '${quoted(path)}' must be /attributes/<name>: only whole attributes can be patched.`)
  if (value === undefined && known === 'delete') return { op: known, attribute, value: [] }
  if (!Array.isArray(value) || !value.every(isJsonObject))
    throw badRequest(`The value for '${attribute}' must be a list of objects.`)
  return { op: known, attribute, value }
}

/** What the patches would change, in order, and every issue in them. Source: Listings Items 2021-08-01, patchListingsItem. */
export function effectOf(
  document: PatchDocument,
  seller: Pick<Seller, 'region'>,
  marketplaceIds: readonly string[],
): PatchEffect {
  const effect: PatchEffect = { issues: [], channel: null, availability: null, offers: [], attributes: [] }
  for (const patch of document.patches) {
    if (patch.attribute === 'fulfillment_availability') applyAvailability(effect, patch, seller)
    else if (patch.attribute === 'purchasable_offer') applyOffers(effect, patch, marketplaceIds)
    else applyOther(effect, patch, marketplaceIds)
  }
  return effect
}

type Patch = PatchDocument['patches'][number]
const availabilityName = 'fulfillment_availability'

function applyAvailability(effect: PatchEffect, patch: Patch, seller: Pick<Seller, 'region'>): void {
  if (patch.op === 'delete') {
    effect.availability = { quantity: 0, leadTimeDays: null, restockDate: null }
    return
  }
  const [entry, ...more] = patch.value
  if (!entry) effect.issues.push(missingAttribute(availabilityName, 'fulfillment_channel_code'))
  if (more.length > 0) {
    effect.issues.push(invalidAttribute(availabilityName, 'A listing has one fulfillment channel: send one entry.'))
  }
  if (!entry) return
  const channel = entry['fulfillment_channel_code']
  if (channel === undefined) effect.issues.push(missingAttribute(availabilityName, 'fulfillment_channel_code'))
  else if (channel !== 'DEFAULT' && channel !== `AMAZON_${seller.region}`) {
    effect.issues.push(invalidAttribute(availabilityName, `'${quoted(channel)}' is not a valid fulfillment channel.`))
  }
  effect.channel = channel === 'DEFAULT' ? 'DEFAULT' : `AMAZON_${seller.region}`
  if (effect.channel !== 'DEFAULT') return
  const given = readAvailability(effect.issues, entry)
  const rest = patch.op === 'merge' ? {} : { leadTimeDays: null, restockDate: null }
  effect.availability = { ...effect.availability, ...rest, ...given }
}

function readAvailability(issues: ListingIssue[], entry: JsonObject): Partial<Availability> {
  const { quantity, lead_time_to_ship_max_days: leadTime, restock_date: restockDate } = entry
  const read: Partial<Availability> = {}
  if (quantity === undefined) issues.push(missingAttribute(availabilityName, 'quantity'))
  else if (!isWhole(quantity, 0, 2_147_483_647)) {
    issues.push(
      invalidAttribute(
        availabilityName,
        `The value '${quoted(quantity)}' for 'quantity' must be a whole number of at least 0.`,
      ),
    )
  } else read.quantity = quantity
  if (leadTime !== undefined && !isWhole(leadTime, 1, 30)) {
    issues.push(
      invalidAttribute(
        availabilityName,
        `The value '${quoted(leadTime)}' for 'lead_time_to_ship_max_days' must be from 1 to 30.`,
      ),
    )
  } else if (leadTime !== undefined) read.leadTimeDays = leadTime
  if (restockDate !== undefined && (typeof restockDate !== 'string' || parseIso(restockDate) === undefined)) {
    issues.push(
      invalidAttribute(
        availabilityName,
        `The value '${quoted(restockDate)}' for 'restock_date' must be an ISO 8601 date.`,
      ),
    )
  } else if (restockDate !== undefined) read.restockDate = restockDate
  return read
}

function applyOffers(effect: PatchEffect, patch: Patch, marketplaceIds: readonly string[]): void {
  if (patch.op === 'delete') {
    for (const marketplaceId of marketplaceIds) {
      effect.offers.push({ marketplaceId, price: null })
      effect.attributes.push({ name: patch.attribute, marketplaceId, value: [] })
    }
    return
  }
  for (const entry of patch.value) {
    const marketplaceId = entry['marketplace_id'] ?? marketplaceIds[0]
    if (typeof marketplaceId !== 'string' || !marketplaceIds.includes(marketplaceId)) {
      effect.issues.push(
        invalidAttribute(
          'purchasable_offer',
          `'${quoted(marketplaceId)}' is not among the marketplaceIds of the request.`,
        ),
      )
      continue
    }
    const currency = findMarketplace(marketplaceId)?.currency ?? ''
    const amount = priceIn(entry)
    if (entry['currency'] !== undefined && entry['currency'] !== currency) {
      effect.issues.push(
        invalidAttribute(
          'purchasable_offer',
          `'${quoted(entry['currency'])}' is not the currency of ${marketplaceId}.`,
        ),
      )
    } else if (amount === undefined) {
      effect.issues.push(
        invalidAttribute('purchasable_offer', "'our_price' needs a schedule whose value_with_tax is above 0."),
      )
    } else {
      effect.offers.push({ marketplaceId, price: { amount: amount.toFixed(2), currency } })
      const value = [{ marketplace_id: marketplaceId, currency, ...entry }]
      effect.attributes.push({ name: patch.attribute, marketplaceId, value })
    }
  }
}

function priceIn(entry: JsonObject): number | undefined {
  const schedule = firstRecord(firstRecord(entry['our_price'])?.['schedule'])
  const value = schedule?.['value_with_tax']
  return typeof value === 'number' && value > 0 ? value : undefined
}

function applyOther(effect: PatchEffect, patch: Patch, marketplaceIds: readonly string[]): void {
  for (const marketplaceId of marketplaceIds) {
    const value = patch.value.filter((entry) => (entry['marketplace_id'] ?? marketplaceId) === marketplaceId)
    effect.attributes.push({ name: patch.attribute, marketplaceId, value })
    const title = patch.attribute === 'item_name' ? value[0]?.['value'] : undefined
    if (typeof title === 'string') effect.offers.push({ marketplaceId, title })
  }
}

function firstRecord(value: unknown): JsonObject | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : undefined
  return isJsonObject(first) ? first : undefined
}

function isWhole(value: unknown, min: number, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
}
