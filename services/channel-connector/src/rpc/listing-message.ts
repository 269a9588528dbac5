import type { Listing } from '@lockstep/contracts/generated/lockstep/channel/v1/mapping_service.ts'
import type { ListingView } from '../queries/list-listings.ts'

/** A listing as the contract shows it. A closed gate of its own stands above the state of the group it shares its SKU with. */
export function listingMessage(view: ListingView): Listing {
  const gate = view.itemId === null ? 'linked' : view.gate
  return {
    id: view.id,
    accountId: view.accountId,
    marketplace: view.marketplace,
    channelSku: view.channelSku,
    asin: view.asin,
    title: view.title,
    fba: view.fba,
    ignoreSync: view.ignoreSync,
    active: view.active,
    itemId: view.itemId ?? '',
    itemSku: view.itemSku ?? '',
    updateDate: view.desiredAt ?? undefined,
    lastUpdate: view.acceptedAt ?? undefined,
    acceptedQuantity: quantity(view.acceptedQuantity),
    desiredQuantity: gate === null ? quantity(view.desiredQuantity) : undefined,
    seenQuantity: quantity(view.seenQuantity),
    state: gate === null ? (view.state ?? 'unknown') : 'gated',
    reason: gate ?? view.reason ?? '',
    seenAt: view.seenAt ?? undefined,
    scheduledAt: view.scheduledAt ?? undefined,
    submittedAt: view.submittedAt ?? undefined,
    price: priceOf(view),
    listedQuantity: quantity(view.listedQuantity),
  }
}

function priceOf({ priceMinor: minor, priceCurrency: currency }: ListingView): Listing['price'] {
  return minor === null || currency === null ? undefined : { minor: BigInt(minor), currency }
}

function quantity(value: number | null): bigint | undefined {
  return value === null ? undefined : BigInt(value)
}
