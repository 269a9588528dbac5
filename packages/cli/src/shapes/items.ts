import type { ItemDetails } from '@lockstep/contracts/generated/lockstep/inventory/v1/catalogue_service.ts'
import type { Kit, KitComponent } from '@lockstep/contracts/generated/lockstep/inventory/v1/kit_service.ts'
import type { Money } from '@lockstep/contracts/generated/lockstep/types/v1/types.ts'

import { itemShape } from './stock.ts'
import { isoTime, jsonNumber, textOrNull } from './values.ts'

/** `item` of items show: all that is known of it. */
export const itemDetailsShape = (details: ItemDetails | undefined) => ({
  ...itemShape(details?.item),
  created_at: isoTime(details?.item?.createdAt),
  version: jsonNumber(details?.version ?? 0n),
  description: textOrNull(details?.description ?? ''),
  purchase_price: priceShape(details?.purchasePrice),
  retail_price: priceShape(details?.retailPrice),
  weight_grams: jsonNumber(details?.weightGrams ?? 0n),
  // In percent; -1 is the system's default.
  tax_rate: taxRate(details?.taxRateBasisPoints ?? -1),
  properties: details?.properties ?? [],
  untracked_in: details?.untrackedIn ?? [],
})

const taxRate = (basisPoints: number): number => (basisPoints === -1 ? -1 : basisPoints / 100)

const priceShape = (price: Money | undefined) => ({
  minor: jsonNumber(price?.minor ?? 0n),
  currency: textOrNull(price?.currency ?? ''),
})

/** A component of a kit, or a kit that needs an item. */
export const componentShape = (component: KitComponent) => ({
  id: component.itemId,
  sku: component.sku,
  title: component.title,
  quantity: jsonNumber(component.quantity),
})

/** A kit of items kits. */
export const kitShape = (kit: Kit | undefined) => ({
  ...itemShape(kit?.item),
  version: jsonNumber(kit?.version ?? 0n),
  components: (kit?.components ?? []).map(componentShape),
})
