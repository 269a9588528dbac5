import type { NewOrder, SimulatorControl } from '@lockstep/amazon-simulator/control-client'
import { eventually } from '@lockstep/testkit/eventually'

export const seller = 'A1TESTSELLER'
export const ukMarketplace = 'A1F83G8C2ARO7P'
export const deMarketplace = 'A1PA6795UKMFR9'
export const uk = { id: 'acc_uk', marketplace: 'UK', marketplaceId: ukMarketplace }
export const de = { id: 'acc_de', marketplace: 'DE', marketplaceId: deMarketplace }

/** The seller with TEST-1 and TEST-2 in both marketplaces and TEST-FBA at Amazon's; orders are seen at once and calls are plenty. */
export async function sellTestListings(amazon: SimulatorControl): Promise<void> {
  await amazon.changeSettings({ orderVisibilityMs: 0, rates: { searchOrders: { rate: 100, burst: 1_000 } } })
  const marketplaceIds = [ukMarketplace, deMarketplace]
  await amazon.putSeller({ sellerId: seller, region: 'EU', marketplaceIds, refreshToken: `Atzr|${seller}` })
  for (const sku of ['TEST-1', 'TEST-2']) {
    for (const marketplaceId of marketplaceIds) {
      await amazon.putListing({
        sellerId: seller,
        sku,
        marketplaceId,
        asin: 'B000TEST01',
        title: 'A thing',
        quantity: 50,
      })
    }
  }
  await amazon.putListing({
    sellerId: seller,
    sku: 'TEST-FBA',
    marketplaceId: ukMarketplace,
    asin: 'B000TEST02',
    title: 'Another thing',
    fulfillmentChannel: 'AMAZON_EU',
  })
}

/** Places an order of one TEST-1 in the UK, whatever is on sale, and answers Amazon's id. */
export async function placeOrder(amazon: SimulatorControl, given: Partial<NewOrder> = {}): Promise<string> {
  const lines = [{ sku: 'TEST-1', quantity: 1 }]
  const order = { sellerId: seller, marketplaceId: ukMarketplace, lines, ignoreQuantity: true, ...given }
  return (await amazon.placeOrder(order)).orderId
}

/** Whole seconds tell Amazon's order times apart: waits until the simulator's clock shows a later one than `after`. */
export async function nextSecond(after = Date.now()): Promise<void> {
  await eventually(() => {
    if (Math.floor(Date.now() / 1000) <= Math.floor(after / 1000)) throw new Error('still the same second')
  })
}
