import type { Scenario, ScenarioAccount, ScenarioListing } from '@lockstep/local-stack/scenario'

export interface SellerPlan {
  sellerId: string
  region?: 'EU' | 'NA'
  /** Account names by marketplace. */
  accounts: Partial<Record<ScenarioAccount['marketplace'], string>>
  /** Units on the shelf by item SKU. An item that another seller's plan brings is left out here. */
  stock?: Record<string, number>
  /** What Amazon lists. */
  listings: readonly Omit<ScenarioListing, 'sellerId'>[]
}

/** A scenario of one seller. */
export function aSeller({ sellerId, region = 'EU', accounts, stock = {}, listings }: SellerPlan): Scenario {
  return {
    name: sellerId,
    sellers: [
      {
        sellerId,
        region,
        refreshToken: `Atzr|${sellerId}`,
        accounts: Object.entries(accounts).map(([marketplace, name]) => ({
          name,
          marketplace: marketplace as ScenarioAccount['marketplace'],
        })),
      },
    ],
    items: Object.entries(stock).map(([sku, onHand]) => ({ sku, title: `Item ${sku}`, onHand })),
    listings: listings.map((listing) => ({ sellerId, ...listing })),
  }
}

/** A listing of one account that sells the item of the same SKU; Amazon holds `quantity` to begin with. */
export function aListing(sku: string, account: string, quantity: number): Omit<ScenarioListing, 'sellerId'> {
  return { sku, accounts: [account], quantity, item: sku }
}

/** Several sellers in one scenario, for an item that all of them sell. */
export function together(...scenarios: readonly Scenario[]): Scenario {
  return {
    name: scenarios.map(({ name }) => name).join('+'),
    sellers: scenarios.flatMap(({ sellers }) => sellers),
    items: scenarios.flatMap(({ items }) => items),
    listings: scenarios.flatMap(({ listings }) => listings),
  }
}
