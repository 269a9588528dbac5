import type { JsonObject } from '../json.ts'
import type { Region } from '../marketplaces.ts'

/** The statuses of Fulfillment Outbound 2020-07-01; 2026-07-04 tells fewer apart. */
export type OutboundStatus =
  | 'Received'
  | 'Planning'
  | 'Processing'
  | 'Complete'
  | 'CompletePartialled'
  | 'Cancelled'
  | 'Unfulfillable'

export interface OutboundItem {
  itemId: string
  sku: string
  quantity: number
  cancelled: number
  unfulfillable: number
  shipped: number
}

/** An order that Amazon ships from its warehouse for a sale made elsewhere. */
export interface OutboundOrder {
  /** The seller's own id. */
  id: string
  sellerId: string
  region: Region
  marketplaceId: string
  status: OutboundStatus
  action: 'Ship' | 'Hold'
  speed: string
  policy: string
  /** It never leaves Planning. */
  isStuck: boolean
  items: OutboundItem[]
  /** What the seller sent and gets back as it is, in the words of the API it was sent with. */
  request: JsonObject
  createdAt: number
  statusAt: number
  shipment: { shipmentId: string; packageNumber: number; trackingNumber: string; shippedAt: number } | null
}
