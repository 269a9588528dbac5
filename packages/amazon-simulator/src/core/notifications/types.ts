/** How Amazon writes a notification: its version, its casing, and which roles may subscribe. */
export interface NotificationType {
  payloadVersion: string
  casing: 'Pascal' | 'camel'
  /** Empty: any grant will do. */
  roles: readonly string[]
  filterable: boolean
  /** Amazon delivers it to SQS only. */
  sqsOnly: boolean
}

const listings = { payloadVersion: '1.0', casing: 'Pascal', filterable: false, sqsOnly: false } as const
const processing = { payloadVersion: '2020-09-04', casing: 'camel', filterable: false, sqsOnly: false } as const

/** The types the simulator sends. Source: schemas of the Notifications API and "Notification type values". */
export const notificationTypes = {
  ORDER_CHANGE: {
    payloadVersion: '1.0',
    casing: 'Pascal',
    roles: ['Inventory and Order Tracking', 'Direct to Consumer Shipping', 'Amazon Fulfillment'],
    filterable: true,
    sqsOnly: true,
  },
  FEED_PROCESSING_FINISHED: { ...processing, roles: [] },
  REPORT_PROCESSING_FINISHED: { ...processing, roles: [] },
  LISTINGS_ITEM_MFN_QUANTITY_CHANGE: { ...listings, roles: ['Product Listing'] },
  LISTINGS_ITEM_STATUS_CHANGE: { ...listings, roles: ['Product Listing'] },
  FBA_INVENTORY_AVAILABILITY_CHANGES: { ...listings, roles: ['Amazon Fulfillment'] },
} satisfies Record<string, NotificationType>

export type NotificationName = keyof typeof notificationTypes

/** The type with this name, or undefined when the simulator sends none such. */
export function findNotificationType(name: string): NotificationType | undefined {
  return byName.get(name)
}

const byName = new Map<string, NotificationType>(Object.entries(notificationTypes))
