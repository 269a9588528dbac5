/** The datasets of getListingsItem and searchListingsItems. */
export const itemDatasets = [
  'summaries',
  'attributes',
  'issues',
  'offers',
  'fulfillmentAvailability',
  'procurement',
  'relationships',
  'productTypes',
] as const
export type ItemDataset = (typeof itemDatasets)[number]
