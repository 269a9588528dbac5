import type { Ids } from '@lockstep/contracts/ids'
import { checkChannelSku } from '@lockstep/sp-api/sku-encoding'
import type { Transaction } from 'kysely'
import type { LinkedItem, RuleChange } from '../domain/rule-change.ts'
import { differenceOf, looksLike } from '../domain/sku-lookalikes.ts'
import { announceLink } from '../events/listing-events.ts'
import { type Account, keepAccount } from '../store/accounts.ts'
import { listGroupsOfItems } from '../store/availability.ts'
import { awaitPlaces } from '../store/awaited-sales.ts'
import type { ChannelDb } from '../store/database.ts'
import { makeFbaReadDue } from '../store/fba-stock.ts'
import { deleteLink, type Listing, type ListingKey, listLookalikes, lockListing, saveLink } from '../store/listings.ts'
import { queueRecompute } from '../store/recompute.ts'
import { getAccount } from './get-account.ts'
import { keepChange } from './keep-change.ts'
import { refusal } from './refuse.ts'
import { refuseUnseenZeros } from './refuse-unseen-zeros.ts'

/** A link as it is asked for. */
export interface LinkListing {
  account: string
  channelSku: string
  /** As inventory knows it. */
  item: { id: string; sku: string }
  actor: string
  /** The change that it is part of; undefined when it is one of its own. */
  changeId?: string
}

/** Links a listing to an item in place of any link before. From here on its number is computed, and order lines of this SKU find the item. */
export async function linkListing(
  tx: Transaction<ChannelDb>,
  deps: { ids: Ids; zerosSharePercent: number },
  command: LinkListing,
): Promise<{ listingId: string; warnings: string[] }> {
  const account = await getAccount(tx, command.account)
  const key = { accountId: account.id, channelSku: checkedSku(command.channelSku) }
  // A change of the account marks the listings that are linked: this one is among them, or is computed after that change.
  await keepAccount(tx, account.id)
  const listing = await lockKnownListing(tx, key, account.name)
  if (listing.skuProblem !== null) throw skuInvalid(key.channelSku, listing.skuProblem)

  const { actor, changeId } = command
  const warnings = await warningsOf(tx, listing, command.item)
  if (listing.itemId === command.item.id) return { listingId: listing.id, warnings }
  if (changeId === undefined) await refuseUnseenLink(tx, deps, { account, listing, item: command.item })
  await saveLink(tx, listing.id, command.item)
  const note = listing.itemSku === null ? `to ${command.item.sku}` : `to ${command.item.sku}, was ${listing.itemSku}`
  const cause = { kind: 'linked', reference: changeId ?? listing.id, actor, note }
  const linked = { ...listing, itemId: command.item.id, itemSku: command.item.sku }
  await announceLink(tx, deps.ids, { listing: linked, orderLocationId: account.orderLocationId, cause })
  const others = await placeOrders(tx, listing)
  if (listing.fba) await makeFbaReadDue(tx, account.id)
  await queueRecompute(tx, [listing.groupId, ...others], cause)
  if (changeId === undefined) await keepLink(tx, deps, { account, listing, item: command.item, actor })
  return { listingId: listing.id, warnings }
}

/** Takes a link away: updates stop, and order lines that come later stay unlinked. Amazon keeps offering what it was last sent. */
export async function unlinkListing(
  tx: Transaction<ChannelDb>,
  deps: { ids: Ids; zerosSharePercent: number },
  command: Omit<LinkListing, 'item'>,
): Promise<{ listingId: string }> {
  const account = await getAccount(tx, command.account)
  const listing = await lockKnownListing(
    tx,
    { accountId: account.id, channelSku: checkedSku(command.channelSku) },
    account.name,
  )
  if (listing.itemId === null) {
    throw refusal('LISTING_UNLINKED', {
      message: `"${listing.channelSku}" of ${account.name} is not linked`,
      field: 'channel_sku',
      value: listing.channelSku,
      nextStep: 'nothing to do',
    })
  }
  const { actor, changeId } = command
  if (changeId === undefined) await refuseUnseenLink(tx, deps, { account, listing, item: null })
  await deleteLink(tx, listing.id)
  const note = `was ${listing.itemSku ?? ''}`
  const cause = { kind: 'unlinked', reference: changeId ?? listing.id, actor, note }
  const unlinked = { ...listing, itemId: null, itemSku: null }
  await announceLink(tx, deps.ids, { listing: unlinked, orderLocationId: account.orderLocationId, cause })
  const others = await placeOrders(tx, listing)
  if (listing.fba) await makeFbaReadDue(tx, account.id)
  await queueRecompute(tx, [listing.groupId, ...others], cause)
  if (changeId === undefined) await keepLink(tx, deps, { account, listing, item: null, actor })
  return { listingId: listing.id }
}

/** Orders that were downloaded before get the item, or lose it. Answers the other groups whose numbers that moves. */
async function placeOrders(tx: Transaction<ChannelDb>, { id, groupId }: Listing): Promise<string[]> {
  const groups = await listGroupsOfItems(tx, await awaitPlaces(tx, { listingId: id }))
  return [...new Set(groups.map((group) => group.groupId))].filter((other) => other !== groupId)
}

/** A link as it is asked for, of a listing whose row is locked. */
interface WantedLink {
  account: Account
  listing: Listing
  item: LinkedItem | null
}

async function refuseUnseenLink(
  tx: Transaction<ChannelDb>,
  deps: { zerosSharePercent: number },
  wanted: WantedLink,
): Promise<void> {
  const { account } = wanted
  await refuseUnseenZeros(tx, deps, { account, ...linkChange(wanted), known: [], zerosConfirmation: '' })
}

async function keepLink(
  tx: Transaction<ChannelDb>,
  deps: { ids: Ids },
  { actor, ...wanted }: WantedLink & { actor: string },
): Promise<void> {
  await keepChange(tx, deps, { account: wanted.account, ...linkChange(wanted), actor })
}

function linkChange({ listing, item }: WantedLink): { change: RuleChange; inverse: RuleChange } {
  const { channelSku, itemId, itemSku } = listing
  const before = itemId === null ? null : { id: itemId, sku: itemSku ?? '' }
  return {
    change: { kind: 'links', links: [{ channelSku, item: item && { id: item.id, sku: item.sku } }] },
    inverse: { kind: 'links', links: [{ channelSku, item: before }] },
  }
}

function checkedSku(given: string): string {
  const check = checkChannelSku(given)
  if (check.kind === 'good') return given
  throw skuInvalid(given, check.detail)
}

function skuInvalid(given: string, problem: string): Error {
  const value = given.length > 60 ? `${given.slice(0, 60)}…` : given
  return refusal('CHANNEL_SKU_INVALID', { message: problem, field: 'channel_sku', value })
}

async function lockKnownListing(tx: Transaction<ChannelDb>, key: ListingKey, accountName: string): Promise<Listing> {
  const listing = await lockListing(tx, key)
  if (listing) return listing
  const candidates = await listLookalikes(tx, key)
  const hint = candidates.map((sku) => `"${sku}" differs only in ${differenceOf(key.channelSku, sku)}`).join('; ')
  throw refusal('LISTING_UNKNOWN', {
    message: `${accountName} has no listing "${key.channelSku}"${hint === '' ? '' : `; ${hint}`}`,
    field: 'channel_sku',
    value: key.channelSku,
    candidates,
  })
}

async function warningsOf(tx: Transaction<ChannelDb>, listing: Listing, item: { sku: string }): Promise<string[]> {
  const warnings: string[] = []
  if (listing.fba) {
    warnings.push('Amazon keeps the stock of this listing: the link serves its orders, its quantity is never sent')
  }
  if (looksLike(listing.channelSku, item.sku)) {
    const difference = differenceOf(listing.channelSku, item.sku)
    warnings.push(`the listing "${listing.channelSku}" and the item "${item.sku}" differ only in ${difference}`)
  }
  for (const sku of await listLookalikes(tx, listing)) {
    const difference = differenceOf(listing.channelSku, sku)
    warnings.push(`the account also lists "${sku}", which differs only in ${difference}`)
  }
  return warnings
}
