import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

import { Agent, type Dispatcher, request } from 'undici'

import { decoderFor } from './charset.ts'
import { callFailure, plainHeaders, userAgent } from './transport.ts'

/*
 * Feeds and reports travel as documents at presigned addresses, straight to and from storage. No token goes with them: the address is the key,
 * lives five minutes (SP-API, Feeds and Reports 2021-06-30), and stands in nothing that is said here.
 */

/** How long a presigned address lives. */
export const DOCUMENT_URL_LIVES_MS = 5 * 60_000

/** A document to put at an address. */
export interface DocumentUpload {
  readonly url: string
  /** The bytes in pieces; sent one after the other. */
  readonly chunks: readonly Uint8Array[]
  /** Exactly the one that the address was asked for with. */
  readonly contentType: string
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** What came of an upload. Repeating one within the address's life is safe: it puts the same bytes in the same place. */
export type UploadOutcome =
  | { readonly kind: 'stored' }
  /** The address has run out: ask for a new document. */
  | { readonly kind: 'expired' }
  | { readonly kind: 'refused'; readonly status: number; readonly detail: string }
  /** Storage could not be reached, or broke: nothing is there. */
  | { readonly kind: 'unsent'; readonly detail: string }
  /** It left, and no answer came: it may be there. */
  | { readonly kind: 'lost'; readonly detail: string }

/** A document to fetch. */
export interface DocumentDownload {
  readonly url: string
  readonly compression: 'GZIP' | null
  /** Of the document unpacked; a larger one is given up on. */
  readonly maxBytes: number
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** What came of a download. */
export type DownloadOutcome =
  /** `text` is undefined when the document declares a charset that nobody knows. */
  | { readonly kind: 'read'; readonly bytes: Buffer; readonly text: string | undefined }
  | { readonly kind: 'expired' }
  | { readonly kind: 'too_large'; readonly maxBytes: number }
  /** Not what its compression says it is, or cut short. */
  | { readonly kind: 'damaged'; readonly detail: string }
  | { readonly kind: 'refused'; readonly status: number; readonly detail: string }
  | { readonly kind: 'failed'; readonly detail: string }

/** Connections to storage, without the bound on an API answer's size. Close it when done. */
export function openDocumentAgent(): Agent {
  return new Agent({ connections: 8, pipelining: 1, keepAliveTimeout: 10_000, connect: { timeout: 5_000 } })
}

/** Puts a document at its address. Never throws for what the network does. */
export async function putDocument(agent: Dispatcher, upload: DocumentUpload): Promise<UploadOutcome> {
  if (upload.signal.aborted) return { kind: 'unsent', detail: 'it was called off before it left' }
  const length = upload.chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
  try {
    const answer = await request(upload.url, {
      dispatcher: agent,
      method: 'PUT',
      headers: { 'user-agent': userAgent, 'content-type': upload.contentType, 'content-length': String(length) },
      body: Readable.from(upload.chunks, { objectMode: false }),
      ...limitsOf(upload),
    })
    const words = await errorWords(answer.body)
    if (answer.statusCode >= 200 && answer.statusCode < 300) return { kind: 'stored' }
    if (isExpired(answer.statusCode, words)) return { kind: 'expired' }
    const detail = `storage answered ${String(answer.statusCode)}`
    return answer.statusCode >= 500 ? { kind: 'lost', detail } : { kind: 'refused', status: answer.statusCode, detail }
  } catch (error) {
    return withoutAddress(callFailure(error), upload.url)
  }
}

/** Fetches a document, unpacks it and decodes it by the charset it declares. Never throws for what the network does. */
export async function getDocument(agent: Dispatcher, download: DocumentDownload): Promise<DownloadOutcome> {
  if (download.signal.aborted) return { kind: 'failed', detail: 'it was called off before it left' }
  try {
    const answer = await request(download.url, {
      dispatcher: agent,
      method: 'GET',
      headers: { 'user-agent': userAgent },
      ...limitsOf(download),
    })
    if (answer.statusCode !== 200) {
      const words = await errorWords(answer.body)
      if (isExpired(answer.statusCode, words)) return { kind: 'expired' }
      return { kind: 'refused', status: answer.statusCode, detail: `storage answered ${String(answer.statusCode)}` }
    }
    return await readBody(answer.body, plainHeaders(answer.headers)['content-type'], download)
  } catch (error) {
    return { kind: 'failed', detail: withoutAddress(callFailure(error), download.url).detail }
  }
}

function limitsOf({ timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal }) {
  return {
    signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  }
}

async function readBody(
  body: Readable,
  contentType: string | undefined,
  { compression, maxBytes }: DocumentDownload,
): Promise<DownloadOutcome> {
  const unpacked: AsyncIterable<Uint8Array> = compression === 'GZIP' ? gunzipped(body) : body
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of unpacked) {
      size += chunk.length
      if (size > maxBytes) {
        body.destroy()
        return { kind: 'too_large', maxBytes }
      }
      chunks.push(chunk)
    }
  } catch (error) {
    if (isGzipError(error)) return { kind: 'damaged', detail: 'the document is not what its compression says' }
    throw error
  }
  const bytes = Buffer.concat(chunks)
  return { kind: 'read', bytes, text: decoderFor(contentType)?.decode(bytes) }
}

function gunzipped(body: Readable): Readable {
  const gunzip = createGunzip()
  body.on('error', (error) => gunzip.destroy(error))
  gunzip.on('error', () => body.destroy())
  return body.pipe(gunzip)
}

/** Read without asking for its class: an error may come from another realm than ours. */
function isGzipError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && String(error.code).startsWith('Z_')
}

const MAX_ERROR_BYTES = 16 * 1024

/** The beginning of a body, for telling one refusal from another; the rest is let go. */
async function errorWords(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    size += chunk.length
    if (size > MAX_ERROR_BYTES) break
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** [T-58] Storage answers 403 (400 for some tokens) and says so in XML. */
function isExpired(status: number, words: string): boolean {
  return (status === 403 || status === 400) && /expired/i.test(words)
}

/** An error of the network may name the address, which is a key. */
function withoutAddress<F extends { readonly detail: string }>(failure: F, url: string): F {
  const { search } = new URL(url)
  const detail = search === '' ? failure.detail : failure.detail.replaceAll(search, '')
  return { ...failure, detail }
}
