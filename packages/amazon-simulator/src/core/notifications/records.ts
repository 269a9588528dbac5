import type { Region } from '../marketplaces.ts'

/** Where notifications go: an SQS queue or an EventBridge partner source. */
export type Resource = { sqs: { arn: string } } | { eventBridge: { name: string; region: string; accountId: string } }

/** A destination of one application. */
export interface Destination {
  destinationId: string
  clientId: string
  name: string
  resource: Resource
}

/** What a subscription leaves out. Absent lists let everything through. */
export interface EventFilter {
  eventFilterType: string
  marketplaceIds?: string[]
  orderChangeTypes?: string[]
  aggregationSettings?: { aggregationTimePeriod: string }
}

/** One seller's notifications of one type and payload version, sent to one destination. */
export interface Subscription {
  subscriptionId: string
  clientId: string
  sellerId: string
  region: Region
  type: string
  payloadVersion: string
  destinationId: string
  eventFilter: EventFilter | null
  createdAt: number
}
