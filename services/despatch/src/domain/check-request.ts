import type { DespatchReason } from '@lockstep/contracts/reasons'

/** What the caller says of a parcel. */
export interface ParcelDetails {
  readonly carrier: string
  readonly carrierName: string
  readonly service: string
  readonly tracking: string
}

/** What is wrong with a field of the request. */
export interface FieldProblem {
  readonly reason: DespatchReason
  readonly field: string
  readonly value: string
  readonly message: string
}

const LONGEST = 100

/**
 * The first thing that Amazon would refuse, found before anything is written.
 * Source: SP-API, Orders v0, confirmShipment: carrierCode and trackingNumber are required, carrierName when the code is Other.
 */
export function checkParcel(parcel: ParcelDetails): FieldProblem | undefined {
  if (parcel.carrier.trim() === '') return missing('CARRIER_MISSING', 'carrier', 'the carrier is missing')
  if (parcel.carrier === 'Other' && parcel.carrierName.trim() === '') {
    return missing('CARRIER_NAME_MISSING', 'carrier_name', 'the carrier is "Other" and has no name')
  }
  if (parcel.tracking.trim() === '') return missing('TRACKING_MISSING', 'tracking', 'the tracking number is missing')
  const fields = [
    ['carrier', parcel.carrier],
    ['carrier_name', parcel.carrierName],
    ['service', parcel.service],
    ['tracking', parcel.tracking],
  ] as const
  const tooLong = fields.find(([, value]) => value.length > LONGEST)
  if (!tooLong) return undefined
  const [field, value] = tooLong
  const message = `${field} has ${String(value.length)} characters; ${String(LONGEST)} are allowed`
  return { reason: 'FIELD_INVALID', field, value, message }
}

const missing = (reason: DespatchReason, field: string, message: string): FieldProblem => ({
  reason,
  field,
  value: '',
  message,
})
