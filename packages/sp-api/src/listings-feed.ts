import { type AttributePatch, type ListingChange, patchOf } from './listing-patches.ts'
import { checkChannelSku, type SkuCheck } from './sku-encoding.ts'

// Source of every shape here: SP-API, JSON_LISTINGS_FEED, listings feed schema v2.

/** The most messages of one feed. Source: SP-API changelog of 2025-05-06, "feed size and rate limit changes for the JSON_LISTINGS_FEED". */
export const MAX_FEED_MESSAGES = 25_000

/** The most bytes of one feed: Amazon asks to stay below 10 MiB. Source: SP-API, Feeds API best practices. */
export const MAX_FEED_BYTES = 10 * 1024 * 1024

/** The highest message id. Source: listings feed schema v2. */
const MAX_MESSAGE_ID = 2_147_483_647

/** Whose feed it is, and what bounds it beside Amazon's own limits. */
export interface ListingsFeedOptions {
  readonly sellerId: string
  /** The language of issues, as `en_GB`; Amazon's choice when absent. */
  readonly issueLocale?: string
  /** At most MAX_FEED_MESSAGES. */
  readonly maxMessages?: number
  /** At most MAX_FEED_BYTES. */
  readonly maxBytes?: number
}

/** What one SKU's listing is to become. */
export interface ListingsFeedMessage {
  /** Unique in its feed; the processing report answers by it. From 1. */
  readonly messageId: number
  readonly sku: string
  readonly productType: string
  /** At least one. */
  readonly changes: readonly ListingChange[]
}

/** What came of putting a message into a feed. Only an `added` one is in it. */
export type MessageAdding =
  | { readonly kind: 'added' }
  /** It belongs into the next feed. */
  | { readonly kind: 'full'; readonly limit: 'messages' | 'bytes' }
  /** It never fits into any, or cannot be said. */
  | { readonly kind: 'refused'; readonly reason: MessageRefusal; readonly detail: string }

/** Why a message is never sent. */
export type MessageRefusal =
  | Extract<SkuCheck, { kind: 'refused' }>['reason']
  | 'NO_CHANGE'
  | 'MESSAGE_ID_INVALID'
  | 'MESSAGE_ID_TAKEN'
  | 'SKU_TAKEN'
  | 'TEXT_NOT_WELL_FORMED'
  | 'MESSAGE_TOO_LARGE'

const opened = (options: ListingsFeedOptions): string => {
  const { sellerId, issueLocale } = options
  return `{"header":${JSON.stringify({ sellerId, version: '2.0', issueLocale })},"messages":[`
}
const closed = ']}'

/**
 * One feed while it is filled, message by message; its size in bytes is known after each. A SKU stands in a body as it is, byte for byte: nothing is
 * encoded here but what JSON itself asks for. One SKU has one message, so that the order within a feed never matters.
 */
export class ListingsFeed {
  readonly #chunks: Buffer[]
  readonly #ids = new Set<number>()
  readonly #skus = new Set<string>()
  readonly #maxMessages: number
  readonly #maxBytes: number
  readonly #emptyBytes: number
  #bytes: number

  constructor(options: ListingsFeedOptions) {
    const head = Buffer.from(opened(options))
    this.#chunks = [head]
    this.#maxMessages = Math.min(options.maxMessages ?? MAX_FEED_MESSAGES, MAX_FEED_MESSAGES)
    this.#maxBytes = Math.min(options.maxBytes ?? MAX_FEED_BYTES, MAX_FEED_BYTES)
    this.#emptyBytes = head.length + closed.length
    this.#bytes = this.#emptyBytes
  }

  /** How many messages are in it. */
  get messageCount(): number {
    return this.#ids.size
  }

  /** How many bytes it has, its end included. */
  get byteLength(): number {
    return this.#bytes
  }

  /** [T-55] Puts a message in, unless it is wrong or there is no room for it by count or by bytes. */
  add(message: ListingsFeedMessage): MessageAdding {
    const refusal = this.#refusalOf(message)
    if (refusal) return refusal
    if (this.messageCount >= this.#maxMessages) return { kind: 'full', limit: 'messages' }

    const separator = this.messageCount === 0 ? '' : ','
    const chunk = Buffer.from(`${separator}${messageText(message)}`)
    if (this.#emptyBytes + chunk.length > this.#maxBytes) {
      const detail = `the message for ${JSON.stringify(message.sku)} has ${String(chunk.length)} bytes; a feed has ${String(this.#maxBytes)}`
      return { kind: 'refused', reason: 'MESSAGE_TOO_LARGE', detail }
    }
    if (this.#bytes + chunk.length > this.#maxBytes) return { kind: 'full', limit: 'bytes' }
    this.#chunks.push(chunk)
    this.#ids.add(message.messageId)
    this.#skus.add(message.sku)
    this.#bytes += chunk.length
    return { kind: 'added' }
  }

  /** The feed in pieces, to be sent one after the other: together they have `byteLength` bytes. */
  chunks(): Buffer[] {
    return [...this.#chunks, Buffer.from(closed)]
  }

  #refusalOf(message: ListingsFeedMessage): Extract<MessageAdding, { kind: 'refused' }> | undefined {
    const { messageId, sku } = message
    const check = checkChannelSku(sku)
    if (check.kind === 'refused') return check
    if (message.changes.length === 0) return refused('NO_CHANGE', `nothing is to change about ${JSON.stringify(sku)}`)
    if (!Number.isSafeInteger(messageId) || messageId < 1 || messageId > MAX_MESSAGE_ID) {
      return refused('MESSAGE_ID_INVALID', `${String(messageId)} is no message id: 1 to ${String(MAX_MESSAGE_ID)}`)
    }
    if (this.#ids.has(messageId)) return refused('MESSAGE_ID_TAKEN', `message ${String(messageId)} is in the feed`)
    if (this.#skus.has(sku)) return refused('SKU_TAKEN', `${JSON.stringify(sku)} has a message in the feed`)
    const broken = message.changes.find((change) => 'text' in change && !change.text.isWellFormed())
    return (
      broken && refused('TEXT_NOT_WELL_FORMED', `the ${broken.kind} of ${JSON.stringify(sku)} holds half a character`)
    )
  }
}

function refused(reason: MessageRefusal, detail: string): Extract<MessageAdding, { kind: 'refused' }> {
  return { kind: 'refused', reason, detail }
}

function messageText({ messageId, sku, productType, changes }: ListingsFeedMessage): string {
  const patches: AttributePatch[] = changes.map(patchOf)
  return JSON.stringify({ messageId, sku, operationType: 'PATCH', productType, patches })
}
