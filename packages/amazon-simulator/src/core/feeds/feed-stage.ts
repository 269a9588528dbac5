import { gunzipSync } from 'node:zlib'
import { inProcessSeller, startInProcess, type InProcessAmazon } from '../../in-process-client.ts'
import { readOwnJson, type JsonObject } from '../json.ts'
import type { Settings } from '../settings.ts'

export const { sellerId } = inProcessSeller
export const uk = 'A1F83G8C2ARO7P'
export const de = 'A1PA6795UKMFR9'
export const feedFixedMs = 300_000
export const perItemMs = 50
export const jsonType = 'application/json; charset=UTF-8'
const feedsPath = '/feeds/2021-06-30'

/** A processing report as it was downloaded. */
export interface Report {
  header: JsonObject
  issues: {
    messageId?: number
    sku?: string
    code: string
    severity: string
    message: string
    attributeName?: string
  }[]
  summary: Record<string, number>
  items?: JsonObject[]
}

/** Amazon with a seller that submits feeds. */
export type FeedStage = ReturnType<typeof startFeedStage>

/** Five minutes fixed, 20 items a second, writes live at once unless said otherwise. */
export function startFeedStage(settings: Partial<Settings> = {}) {
  const amazon = startInProcess({ settings: { feedFixedMs, feedItemsPerSecond: 20, propagationMs: 0, ...settings } })
  return { amazon, ...stepsOf(amazon) }
}

function stepsOf(amazon: InProcessAmazon) {
  const list = (sku: string, edit: JsonObject = {}) =>
    amazon.simulator.putListing({
      sellerId,
      sku,
      marketplaceId: uk,
      asin: 'B000000001',
      title: sku,
      quantity: 5,
      ...edit,
    })
  const createDocument = (contentType = jsonType) => amazon.call('POST', `${feedsPath}/documents`, { contentType }).json
  const put = (url: unknown, body: string, contentType = jsonType) =>
    amazon.send({
      method: 'PUT',
      target: String(url).replace('http://amazon.test', ''),
      headers: { 'content-type': contentType },
      body,
    })
  const upload = (body: string, contentType = jsonType): unknown => {
    const { url, feedDocumentId } = createDocument(contentType)
    put(url, body, contentType)
    return feedDocumentId
  }
  const create = (inputFeedDocumentId: unknown, more: JsonObject = {}) =>
    amazon.call('POST', `${feedsPath}/feeds`, {
      feedType: 'JSON_LISTINGS_FEED',
      marketplaceIds: [uk],
      inputFeedDocumentId,
      ...more,
    })
  const submit = (messages: unknown[], header: JsonObject = {}): string =>
    String(create(upload(feedText(messages, header))).json['feedId'])
  const get = (feedId: unknown): JsonObject => amazon.call('GET', `${feedsPath}/feeds/${String(feedId)}`).json
  const status = (feedId: unknown) => get(feedId)['processingStatus']
  const cancel = (feedId: unknown) => amazon.call('DELETE', `${feedsPath}/feeds/${String(feedId)}`)
  const document = (feedId: unknown) =>
    amazon.call('GET', `${feedsPath}/documents/${String(get(feedId)['resultFeedDocumentId'])}`)
  const download = (url: unknown) =>
    amazon.send({ method: 'GET', target: String(url).replace('http://amazon.test', '') })
  const report = (feedId: unknown): Report => {
    const { url, compressionAlgorithm } = document(feedId).json
    const { bytes } = download(url)
    return readOwnJson<Report>(Buffer.from(compressionAlgorithm === 'GZIP' ? gunzipSync(bytes) : bytes).toString())
  }
  const live = (sku: string) => amazon.simulator.liveQuantity(sellerId, sku)
  return { list, createDocument, put, upload, create, submit, get, status, cancel, document, download, report, live }
}

/** The text of a listings feed. */
export function feedText(messages: unknown[], header: JsonObject = {}): string {
  return JSON.stringify({ header: { sellerId, version: '2.0', ...header }, messages })
}

/** A message that writes a quantity. */
export function quantityMessage(messageId: number, sku: string, quantity: number): JsonObject {
  const value = [{ fulfillment_channel_code: 'DEFAULT', quantity }]
  const patches = [{ op: 'merge', path: '/attributes/fulfillment_availability', value }]
  return { messageId, sku, operationType: 'PATCH', productType: 'PRODUCT', patches }
}

/** A message that writes a title. */
export function titleMessage(messageId: number, sku: string, title: string): JsonObject {
  const attributes = { item_name: [{ value: title, marketplace_id: uk }] }
  return { messageId, sku, operationType: 'PARTIAL_UPDATE', productType: 'PRODUCT', attributes }
}
