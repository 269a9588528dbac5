import type { Region } from '../marketplaces.ts'

/** The numbers of a pool of Amazon's stock that a control call may set. */
export const fbaNumbers = [
  'fulfillable',
  'inboundWorking',
  'inboundShipped',
  'inboundReceiving',
  'pendingTransshipment',
  'fcProcessing',
  'researching',
  'unfulfillable',
] as const
export type FbaNumbers = Record<(typeof fbaNumbers)[number], number>

/** Units of one SKU in Amazon's warehouses that serve one pool of marketplaces. */
export interface FbaPool extends FbaNumbers {
  sellerId: string
  region: Region
  sku: string
  pool: string
  /** When anything but the inbound numbers changed last. */
  changedAt: number
}
