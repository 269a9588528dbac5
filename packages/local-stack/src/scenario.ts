/** A world to begin with: who sells where, what lies on the shelves, what Amazon lists, and which listing sells which item. */
export interface Scenario {
  /** Part of every idempotency key, so that loading it again repeats nothing. */
  name: string
  sellers: readonly ScenarioSeller[]
  items: readonly ScenarioItem[]
  listings: readonly ScenarioListing[]
}

export interface ScenarioSeller {
  sellerId: string
  region: 'NA' | 'EU' | 'FE'
  refreshToken: string
  /** One account per marketplace. */
  accounts: readonly ScenarioAccount[]
}

export interface ScenarioAccount {
  name: string
  marketplace: keyof typeof marketplaces
}

export interface ScenarioItem {
  sku: string
  title: string
  /** Units on the shelf in the Default location. */
  onHand: number
}

export interface ScenarioListing {
  sellerId: string
  sku: string
  /** The accounts, by name, that show it. */
  accounts: readonly string[]
  /** What Amazon holds to begin with. */
  quantity: number
  fulfilledByAmazon?: boolean
  /** SKU of the item it sells; left out, it stays unlinked. */
  item?: string
}

/** SP-API documentation: Marketplace IDs. */
export const marketplaces = {
  UK: { id: 'A1F83G8C2ARO7P', currency: 'GBP' },
  DE: { id: 'A1PA6795UKMFR9', currency: 'EUR' },
  FR: { id: 'A13V1IB3VIYZZH', currency: 'EUR' },
  US: { id: 'ATVPDKIKX0DER', currency: 'USD' },
} as const
