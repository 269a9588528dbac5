import { type DescribedCall, describeCall } from './call.ts'

// Source of every shape here: SP-API, Orders v0, confirmShipment.

/** One parcel of an order, as Amazon wants to hear of it. */
export interface Parcel {
  readonly orderId: string
  /** The order's own marketplace. */
  readonly marketplaceId: string
  /** Unique within the order, a positive whole number; telling it again edits the parcel. */
  readonly number: number
  readonly carrierCode: string
  /** Required when the code is `Other`. */
  readonly carrierName: string
  /** Empty for none. */
  readonly shippingMethod: string
  readonly trackingNumber: string
  readonly shippedAt: Date
  readonly items: readonly { readonly orderItemId: string; readonly quantity: number }[]
}

/** Why a parcel would be refused by Amazon, found before it is sent. */
export interface ParcelProblem {
  readonly field: string
  readonly detail: string
}

/** Tells Amazon of one parcel. Not repeatable after an unknown outcome: read the order first. */
export function confirmShipmentCall(parcel: Parcel): DescribedCall {
  const { orderId, marketplaceId, carrierCode, carrierName, shippingMethod, trackingNumber } = parcel
  const packageDetail = {
    // A positive number as text: Amazon refuses a JSON number.
    packageReferenceId: String(parcel.number),
    carrierCode,
    ...(carrierName === '' ? {} : { carrierName }),
    ...(shippingMethod === '' ? {} : { shippingMethod }),
    trackingNumber,
    shipDate: parcel.shippedAt.toISOString(),
    orderItems: parcel.items.map(({ orderItemId, quantity }) => ({ orderItemId, quantity })),
  }
  return describeCall('confirmShipment', { path: { orderId }, json: { marketplaceId, packageDetail } })
}

/** What Amazon would refuse about a parcel, or undefined. */
export function checkParcel(parcel: Parcel): ParcelProblem | undefined {
  if (!Number.isSafeInteger(parcel.number) || parcel.number < 1) {
    return { field: 'number', detail: `the parcel's number is ${parcel.number}; it must be a whole number from 1` }
  }
  if (parcel.carrierCode === '') return { field: 'carrierCode', detail: 'no carrier is named' }
  if (parcel.carrierCode === 'Other' && parcel.carrierName === '') {
    return { field: 'carrierName', detail: 'the carrier "Other" needs a name' }
  }
  if (parcel.trackingNumber === '') return { field: 'trackingNumber', detail: 'no tracking number is given' }
  if (parcel.items.length === 0) return { field: 'items', detail: 'the parcel holds nothing' }
  const wrong = parcel.items.find(({ quantity }) => !Number.isSafeInteger(quantity) || quantity < 1)
  return wrong && { field: 'items', detail: `${wrong.quantity} units of ${wrong.orderItemId}; at least 1 is needed` }
}
