import { isJsonObject, quoted, type JsonObject } from '../json.ts'
import { itemDatasets, type ItemDataset } from '../item-datasets.ts'
import type { World } from '../world.ts'
import type { Feed, FeedDigest } from './feed-records.ts'
import { findFeedType, listingsFeedType } from './feed-types.ts'

const mostMessages = 25_000
const mostBytes = 10 * 1024 * 1024

/** What was uploaded for a feed. With `problem` the whole feed is rejected and there are no messages. */
export interface FeedContent {
  problem: string | null
  includedData: ItemDataset[]
  messages: JsonObject[]
}

const nothing: FeedContent = { problem: null, includedData: [], messages: [] }

/** Reads what was uploaded for a feed. Only listings feeds have content the simulator understands. */
export function readFeedContent(world: World, feed: Feed): FeedContent {
  if (findFeedType(feed.feedType)?.isDead) return rejected(`Feed type ${feed.feedType} is no longer supported.`)
  if (feed.feedType !== listingsFeedType) return nothing
  const document = world.feedDocuments.find(feed.inputDocumentId)
  const bytes = Buffer.from(document?.body ?? '', 'base64')
  const contentType = document?.contentType ?? ''
  if (!/^application\/json\b/i.test(contentType)) {
    return rejected(`Content type '${contentType}' is not supported for ${feed.feedType}: use application/json.`)
  }
  if (bytes.length > mostBytes) return rejected(`The feed has ${bytes.length} bytes, more than ${mostBytes}.`)
  const body = parse(bytes)
  return body === undefined ? rejected('The feed is not a valid JSON document in UTF-8.') : readBody(body, feed)
}

/** Counts the messages of a content and names their SKUs. */
export function digestOf(content: FeedContent): FeedDigest {
  const skus = new Set<string>()
  for (const { sku } of content.messages) if (typeof sku === 'string') skus.add(sku)
  const { problem, includedData, messages } = content
  return { items: messages.length, problem, includedData, skus }
}

function readBody(body: unknown, feed: Feed): FeedContent {
  const { header, messages } = isJsonObject(body) ? body : {}
  if (!isJsonObject(header)) return rejected("'header' is required but not supplied.")
  const { sellerId, version, report } = header
  if (version !== '2.0') return rejected(`'header.version' must be "2.0", not ${JSON.stringify(version) ?? 'absent'}.`)
  if (sellerId !== feed.sellerId) {
    return rejected(`'header.sellerId' must be the seller that submits the feed, not '${quoted(sellerId)}'.`)
  }
  const includedData = readIncludedData(report)
  if (!includedData)
    return rejected('\'header.report\' needs apiVersion "2021-08-01" and a list of known includedData.')
  if (!Array.isArray(messages) || messages.length === 0 || !messages.every(isJsonObject)) {
    return rejected("'messages' must be a list of at least one message.")
  }
  if (messages.length > mostMessages) {
    return rejected(`The feed has ${messages.length} messages, more than ${mostMessages}.`)
  }
  const duplicate = duplicateId(messages)
  if (duplicate !== undefined) return rejected(`'messageId' ${quoted(duplicate)} is used more than once.`)
  return { problem: null, includedData, messages }
}

function readIncludedData(report: unknown): ItemDataset[] | undefined {
  if (report === undefined) return []
  const { includedData, apiVersion } = isJsonObject(report) ? report : {}
  if (apiVersion !== '2021-08-01' || !Array.isArray(includedData) || includedData.length === 0) return undefined
  const known = itemDatasets.filter((dataset) => includedData.includes(dataset))
  return known.length === includedData.length ? known : undefined
}

function duplicateId(messages: JsonObject[]): unknown {
  const seen = new Set<unknown>()
  for (const { messageId } of messages) {
    if (messageId !== undefined && seen.has(messageId)) return messageId
    seen.add(messageId)
  }
  return undefined
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown
  } catch {
    return undefined
  }
}

function rejected(problem: string): FeedContent {
  return { ...nothing, problem }
}
