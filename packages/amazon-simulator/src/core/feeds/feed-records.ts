import type { ItemDataset } from '../item-datasets.ts'
import type { Region } from '../marketplaces.ts'
import type { FeedLane } from './feed-types.ts'

/** What becomes of a feed: as it should, or as a fault wants it. */
export type FeedFate = 'normal' | 'fatal' | 'stuck' | 'skip'

/** When a feed at the head of its queue is worked on. Items are reached one `perItemMs` after the other from `itemsFrom` on. */
export interface FeedTimes {
  startsAt: number
  itemsFrom: number
  perItemMs: number
  endsAt: number
}

export interface Feed {
  feedId: string
  sellerId: string
  region: Region
  feedType: string
  lane: FeedLane
  marketplaceIds: string[]
  inputDocumentId: string
  fate: FeedFate
  createdAt: number
  /** Messages to work through; 0 when the whole feed is to be rejected. */
  items: number
  /** How many of them have been worked through. */
  reached: number
  /** Known once the feed is at the head of its queue. */
  times: FeedTimes | null
  /** Set once stock writes no longer wait for this feed although it is open. */
  isReleased: boolean
  outcome: 'DONE' | 'FATAL' | 'CANCELLED' | null
  endedAt: number | null
  resultDocumentId: string | null
}

/** The open feeds of one seller and lane, oldest first. There is no row without feeds. */
export interface FeedQueue {
  key: string
  feedIds: string[]
}

/** What a seller uploads. The bytes are kept until no open feed needs them. */
export interface FeedDocument {
  documentId: string
  sellerId: string
  region: Region
  contentType: string
  createdAt: number
  /** Base64; null until something was uploaded. */
  body: string | null
}

/** A processing report. */
export interface FeedResult {
  documentId: string
  sellerId: string
  region: Region
  feedType: string
  contentType: string
  text: string
  gzip: boolean
  createdAt: number
}

/** What is needed of a feed's content beside its messages. With `problem` the whole feed is rejected. */
export interface FeedDigest {
  items: number
  problem: string | null
  includedData: ItemDataset[]
  skus: ReadonlySet<string>
}
