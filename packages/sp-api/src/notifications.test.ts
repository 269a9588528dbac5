import { expect, test } from '@jest/globals'
import fc from 'fast-check'

import { readNotification } from './notification-messages.ts'
import {
  createDestinationCall,
  createSubscriptionCall,
  getSubscriptionCall,
  readDestination,
  readDestinations,
  readSubscription,
} from './notifications.ts'

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const json = (body: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(body))
const arn = 'arn:aws:sqs:eu-west-1:123456789012:hints'

test('a queue is made known, and found among the destinations', () => {
  expect(json(createDestinationCall({ name: 'lockstep', queueArn: arn }).body)).toEqual({
    name: 'lockstep',
    resourceSpecification: { sqs: { arn } },
  })
  const destination = { destinationId: 'd', name: 'x', resource: { sqs: { arn } } }
  expect(readDestination(bytes({ payload: destination }))).toEqual({ destinationId: 'd', queueArn: arn })
  expect(
    readDestinations(bytes({ payload: [destination, { destinationId: 'e', resource: { eventBridge: {} } }] })),
  ).toEqual([
    { destinationId: 'd', queueArn: arn },
    { destinationId: 'e', queueArn: null },
  ])
})

test('only ORDER_CHANGE carries a processing directive, and it is whole', () => {
  const to = { destinationId: 'd' }

  expect(json(createSubscriptionCall('ORDER_CHANGE', to).body)).toEqual({
    payloadVersion: '1.0',
    destinationId: 'd',
    processingDirective: {
      eventFilter: {
        eventFilterType: 'ORDER_CHANGE',
        orderChangeTypes: ['OrderStatusChange', 'BuyerRequestedChange'],
      },
    },
  })
  expect(json(createSubscriptionCall('FEED_PROCESSING_FINISHED', to).body)).toEqual({
    payloadVersion: '2020-09-04',
    destinationId: 'd',
  })
  expect(getSubscriptionCall('FEED_PROCESSING_FINISHED').query).toEqual([['payloadVersion', '2020-09-04']])
  expect(readSubscription(bytes({ payload: { subscriptionId: 's', destinationId: 'd' } }))?.subscriptionId).toBe('s')
})

const pascal = (type: string, payload: object) => ({
  NotificationVersion: '1.0',
  NotificationType: type,
  PayloadVersion: '1.0',
  EventTime: '2026-11-21T10:00:00.000Z',
  Payload: payload,
  NotificationMetadata: { ApplicationId: 'a', SubscriptionId: 's', PublishTime: 'p', NotificationId: 'n' },
})
const camel = (type: string, payload: object) => ({
  notificationVersion: '2020-09-04',
  notificationType: type,
  eventTime: '2026-11-21T10:00:00.000Z',
  payload,
  notificationMetadata: { subscriptionId: 's', notificationId: 'n' },
})

test.each([
  [
    pascal('ORDER_CHANGE', { OrderChangeNotification: { SellerId: 'A1', AmazonOrderId: '202-1', Summary: {} } }),
    { kind: 'order', orderId: '202-1' },
  ],
  [
    pascal('LISTINGS_ITEM_MFN_QUANTITY_CHANGE', { SellerId: 'A1', Sku: 'A/B 1+2', Quantity: 3 }),
    { kind: 'quantity', sku: 'A/B 1+2' },
  ],
  [
    camel('FEED_PROCESSING_FINISHED', { feedProcessingFinishedNotification: { sellerId: 'A1', feedId: '5' } }),
    { kind: 'feed', feedId: '5' },
  ],
  [
    camel('REPORT_PROCESSING_FINISHED', { reportProcessingFinishedNotification: { sellerId: 'A1', reportId: '6' } }),
    { kind: 'report', reportId: '6' },
  ],
])('a notification is read in either casing, for what it is about alone', (message, subject) => {
  expect(readNotification(bytes(message))).toEqual({
    kind: 'notification',
    notification: {
      notificationId: 'n',
      subscriptionId: 's',
      sellerId: 'A1',
      eventAt: new Date('2026-11-21T10:00:00Z'),
      subject,
    },
  })
})

test('a type that nobody asked for is told from a message that makes no sense', () => {
  expect(readNotification(bytes(pascal('BRANDED_ITEM_CONTENT_CHANGE', {})))).toEqual({
    kind: 'other',
    type: 'BRANDED_ITEM_CONTENT_CHANGE',
  })
  expect(readNotification(bytes(pascal('constructor', {})))).toMatchObject({ kind: 'other' })
  expect(readNotification(bytes(pascal('ORDER_CHANGE', { OrderChangeNotification: { SellerId: 'A1' } })))).toEqual({
    kind: 'unreadable',
    problem: 'amazonOrderId: invalid_type',
  })
})

test('no message makes the reader throw', () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.json().map(bytes)), (body) => {
      expect(readNotification(body).kind).not.toBe('notification')
      for (const reader of [readDestination, readDestinations, readSubscription])
        expect(() => reader(body)).not.toThrow()
    }),
  )
})
