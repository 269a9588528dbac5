/**
 * Fields of an order that say nothing of who bought it (Orders API 2026-01-01, Order). A list of what is kept, not of what is left out:
 * a field that Amazon adds tomorrow is not stored until somebody has looked at it.
 */
const keptFields = new Set(
  `orderId createdTime lastUpdatedTime programs salesChannel channelName marketplaceId marketplaceName
   fulfillment fulfillmentStatus fulfilledBy fulfillmentServiceLevel shipByWindow deliverByWindow earliestDateTime latestDateTime
   orderItems orderItemId quantityOrdered quantityFulfilled quantityUnfulfilled
   product asin title sellerSku condition conditionType conditionSubtype price unitPrice amount currencyCode
   proceeds proceedsTotal grandTotal breakdowns detailedBreakdowns type subtotal value
   cancellation cancellationRequest cancellationExecution requester cancelledBy`.split(/\s+/),
)

/** What Amazon sent of an order, with every field left out that may hold buyer data. */
export function withoutBuyerData(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutBuyerData)
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([name]) => keptFields.has(name))
  return Object.fromEntries(kept.map(([name, field]) => [name, withoutBuyerData(field)]))
}
