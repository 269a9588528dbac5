import { z } from 'zod'

import { type DescribedCall, describeCall, jsonOf } from './call.ts'

// Source of every shape here: SP-API, Notifications v1. Destinations are the application's, subscriptions the seller's.

/** The types that are subscribed to, with the version of their payload. */
export const notificationTypes = {
  ORDER_CHANGE: '1.0',
  LISTINGS_ITEM_MFN_QUANTITY_CHANGE: '1.0',
  FEED_PROCESSING_FINISHED: '2020-09-04',
  REPORT_PROCESSING_FINISHED: '2020-09-04',
} as const

export type NotificationType = keyof typeof notificationTypes

/** A queue that Amazon may send to. */
export interface Destination {
  readonly destinationId: string
  /** Null where it is no queue. */
  readonly queueArn: string | null
}

/** A seller's subscription of one type. */
export interface Subscription {
  readonly subscriptionId: string
  readonly destinationId: string
}

/** Lists the application's destinations. */
export function getDestinationsCall(): DescribedCall {
  return describeCall('getDestinations')
}

/** Makes a queue known; one per application and queue. Not repeatable: list them first. */
export function createDestinationCall(destination: { name: string; queueArn: string }): DescribedCall {
  const { name, queueArn } = destination
  return describeCall('createDestination', { json: { name, resourceSpecification: { sqs: { arn: queueArn } } } })
}

/** Asks for a seller's subscription; 404 when there is none. */
export function getSubscriptionCall(type: NotificationType): DescribedCall {
  return describeCall('getSubscription', {
    path: { notificationType: type },
    query: { payloadVersion: notificationTypes[type] },
  })
}

/**
 * Subscribes a seller, for all marketplaces. ORDER_CHANGE is refused without a processing directive that is well formed. Not repeatable: ask for it first.
 */
export function createSubscriptionCall(type: NotificationType, to: { destinationId: string }): DescribedCall {
  const { destinationId } = to
  const orderChangeTypes = ['OrderStatusChange', 'BuyerRequestedChange']
  const eventFilter = { eventFilterType: 'ORDER_CHANGE', orderChangeTypes }
  return describeCall('createSubscription', {
    path: { notificationType: type },
    json: {
      payloadVersion: notificationTypes[type],
      destinationId,
      ...(type === 'ORDER_CHANGE' && { processingDirective: { eventFilter } }),
    },
  })
}

/** Ends a subscription. It is asked for by the application alone. */
export function deleteSubscriptionCall(type: NotificationType, subscriptionId: string): DescribedCall {
  return describeCall('deleteSubscriptionById', { path: { notificationType: type, subscriptionId } })
}

const DestinationShape = z.object({
  destinationId: z.string().min(1),
  resource: z.object({ sqs: z.object({ arn: z.string() }).nullish() }).nullish(),
})

/** The application's destinations, or undefined for a body that is no such list. */
export function readDestinations(body: Uint8Array): Destination[] | undefined {
  const read = z.object({ payload: z.array(DestinationShape) }).safeParse(jsonOf(body))
  return read.success ? read.data.payload.map(destinationFrom) : undefined
}

/** The destination that was made, or undefined for a body that is no such reply. */
export function readDestination(body: Uint8Array): Destination | undefined {
  const read = z.object({ payload: DestinationShape }).safeParse(jsonOf(body))
  return read.success ? destinationFrom(read.data.payload) : undefined
}

const SubscriptionShape = z.object({ subscriptionId: z.string().min(1), destinationId: z.string().min(1) })

/** A subscription, or undefined for a body that is none. */
export function readSubscription(body: Uint8Array): Subscription | undefined {
  const read = z.object({ payload: SubscriptionShape }).safeParse(jsonOf(body))
  return read.success ? read.data.payload : undefined
}

function destinationFrom({ destinationId, resource }: z.output<typeof DestinationShape>): Destination {
  return { destinationId, queueArn: resource?.sqs?.arn ?? null }
}
