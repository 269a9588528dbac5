import { z } from 'zod'

import { type DescribedCall, describeCall, jsonOf } from './call.ts'

// Source of every shape here: SP-API, Sellers v1. One grant = one seller id = the marketplaces it lists; the id itself is not in the reply.

/** A marketplace that a seller takes part in. */
export interface Participation {
  readonly marketplaceId: string
  readonly countryCode: string
  readonly currency: string | null
  readonly isParticipating: boolean
  readonly hasSuspendedListings: boolean
}

/** Asks where a seller sells. One token a minute: keep the answer. */
export function getParticipationsCall(): DescribedCall {
  return describeCall('getMarketplaceParticipations')
}

const Shape = z.object({
  payload: z.array(
    z.object({
      marketplace: z.object({
        id: z.string().min(1),
        countryCode: z.string(),
        defaultCurrencyCode: z.string().nullish(),
      }),
      participation: z.object({ isParticipating: z.boolean(), hasSuspendedListings: z.boolean().default(false) }),
    }),
  ),
})

/** The marketplaces in a reply, or undefined for a body that is none. */
export function readParticipations(body: Uint8Array): Participation[] | undefined {
  const read = Shape.safeParse(jsonOf(body))
  if (!read.success) return undefined
  return read.data.payload.map(({ marketplace, participation }) => ({
    marketplaceId: marketplace.id,
    countryCode: marketplace.countryCode,
    currency: marketplace.defaultCurrencyCode ?? null,
    ...participation,
  }))
}
