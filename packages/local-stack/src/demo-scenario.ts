import type { Scenario, ScenarioItem, ScenarioListing } from './scenario.ts'

const europe = 'A1DEMO0000EU'
const america = 'A2DEMO0000NA'

/** The bulk of the catalogue. Every third one differs from what Amazon holds, so that the first push has something to do. */
const plain = Array.from({ length: 30 }, (_, index) => {
  const onHand = 12 + index
  const sku = `DEMO-${String(index + 1).padStart(3, '0')}`
  const item: ScenarioItem = { sku, title: `Demo item ${index + 1}`, onHand }
  const listing: ScenarioListing = {
    sellerId: europe,
    sku,
    accounts: ['UK'],
    quantity: index % 3 === 0 ? onHand + 2 : onHand,
    item: sku,
  }
  return { item, listing }
})

/** SKUs that are spelt differently wherever they are encoded once too often or too rarely. */
const odd = ['A/B 1+2', 'CAFÉ-☕-1'].map((sku) => ({
  item: { sku, title: `An item with an odd SKU, ${sku}`, onHand: 7 },
  listing: { sellerId: europe, sku, accounts: ['UK'], quantity: 7, item: sku },
}))

/** What `npm start` shows: a seller in Europe with one SKU shared by three marketplaces, one in America, and stock for all of it. */
export const demoScenario: Scenario = {
  name: 'demo',
  sellers: [
    {
      sellerId: europe,
      region: 'EU',
      refreshToken: `Atzr|demo-${europe}`,
      accounts: [
        { name: 'UK', marketplace: 'UK' },
        { name: 'DE', marketplace: 'DE' },
        { name: 'FR', marketplace: 'FR' },
      ],
    },
    {
      sellerId: america,
      region: 'NA',
      refreshToken: `Atzr|demo-${america}`,
      accounts: [{ name: 'US', marketplace: 'US' }],
    },
  ],
  items: [
    { sku: 'TEST_SS7052', title: 'Stainless steel bottle, 750 ml', onHand: 5 },
    { sku: 'SKU123', title: 'Desk lamp', onHand: 20 },
    { sku: 'HYBRID-1', title: 'Notebook, dotted', onHand: 15 },
    ...plain.map(({ item }) => item),
    ...odd.map(({ item }) => item),
  ],
  listings: [
    { sellerId: europe, sku: 'TEST_SS7052', accounts: ['UK', 'DE', 'FR'], quantity: 3, item: 'TEST_SS7052' },
    { sellerId: america, sku: 'TEST_SS7052', accounts: ['US'], quantity: 3, item: 'TEST_SS7052' },
    { sellerId: europe, sku: 'SKU123_UK', accounts: ['UK'], quantity: 20, item: 'SKU123' },
    { sellerId: europe, sku: 'SKU123_DE', accounts: ['DE'], quantity: 20, item: 'SKU123' },
    { sellerId: europe, sku: 'SKU123_FR', accounts: ['FR'], quantity: 20, item: 'SKU123' },
    {
      sellerId: europe,
      sku: 'HYBRID-1-FBA',
      accounts: ['UK'],
      quantity: 40,
      fulfilledByAmazon: true,
      item: 'HYBRID-1',
    },
    { sellerId: europe, sku: 'HYBRID-1', accounts: ['UK'], quantity: 15, item: 'HYBRID-1' },
    ...plain.map(({ listing }) => listing),
    ...odd.map(({ listing }) => listing),
  ],
}
