import { z } from 'zod'

import { describeCall, jsonOf } from './call.ts'
import { callUnless, type OutboundCall, refused } from './outbound-checks.ts'
import { instantOrNull, readableOf, textOrNull } from './outbound-values.ts'

// Source of every shape here: SP-API, Fulfillment Outbound 2020-07-01, getPackageTrackingDetails.

/** Where a parcel is. The address and who signed for it are left out: they are buyer data. */
export interface PackageTracking {
  readonly packageNumber: number
  readonly trackingNumber: string | null
  readonly carrier: string | null
  /** IN_TRANSIT, DELIVERED, UNDELIVERABLE and others, as Amazon writes it. */
  readonly status: string | null
  readonly statusText: string | null
  readonly shippedAt: Date | null
  readonly arrivesAt: Date | null
  /** A page for the recipient. */
  readonly link: string | null
  readonly events: readonly { readonly at: Date | null; readonly code: string; readonly text: string | null }[]
}

/** Asks where a parcel is, by the number that its order names. */
export function getPackageTrackingCall(packageNumber: number): OutboundCall {
  const isNumber = Number.isSafeInteger(packageNumber) && packageNumber >= 1
  const problem = isNumber
    ? undefined
    : refused('packageNumber', `${String(packageNumber)} is no package number: take it from the order's shipments`)
  return callUnless(problem, () =>
    describeCall('getPackageTrackingDetails', { query: { packageNumber: String(packageNumber) } }),
  )
}

const EventShape = z
  .object({ eventDate: instantOrNull, eventCode: z.string(), eventDescription: textOrNull })
  .transform((read) => ({ at: read.eventDate, code: read.eventCode, text: read.eventDescription }))
const TrackingShape = z.object({
  payload: z
    .object({
      packageNumber: z.number().int(),
      trackingNumber: textOrNull,
      carrierCode: textOrNull,
      currentStatus: textOrNull,
      currentStatusDescription: textOrNull,
      shipDate: instantOrNull,
      estimatedArrivalDate: instantOrNull,
      customerTrackingLink: textOrNull,
      trackingEvents: readableOf(EventShape),
    })
    .transform((read): PackageTracking => ({
      packageNumber: read.packageNumber,
      trackingNumber: read.trackingNumber,
      carrier: read.carrierCode,
      status: read.currentStatus,
      statusText: read.currentStatusDescription,
      shippedAt: read.shipDate,
      arrivesAt: read.estimatedArrivalDate,
      link: read.customerTrackingLink,
      events: read.trackingEvents,
    })),
})

/** Where a parcel is, or undefined for a body that does not say which. */
export function readPackageTracking(body: Uint8Array): PackageTracking | undefined {
  return TrackingShape.safeParse(jsonOf(body)).data?.payload
}
