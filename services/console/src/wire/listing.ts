import type { ChainStage } from '../domain/chain-stages.ts'

export interface ItemReference {
  readonly id: string
  readonly sku: string
}

/** One listing with the way of its number. Times are UTC instants. */
export interface ListingAnswer {
  readonly id: string
  readonly channelSku: string
  readonly asin: string
  readonly title: string
  readonly fba: boolean
  readonly ignoreSync: boolean
  /** Whether Amazon calls it active. */
  readonly active: boolean
  readonly item: ItemReference | null
  readonly state: string
  /** Why it is not in step, as a code. */
  readonly reason: string | null
  readonly chain: readonly ChainStage[]
}

/** A page of an account's listings, with the totals of all of them. */
export interface ListingPage {
  readonly account: { readonly id: string; readonly name: string }
  readonly active: number
  readonly linked: number
  readonly unlinked: number
  readonly report: {
    readonly state: string | null
    readonly at: string | null
    /** Why it failed, and the next step. */
    readonly reason: string | null
  }
  readonly listings: readonly ListingAnswer[]
  readonly nextPageToken: string | null
  /** False when inventory could not be asked: the first two stages are then missing. */
  readonly stockKnown: boolean
}
