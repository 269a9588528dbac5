import { Readable } from 'node:stream'
import type { TextDecoder } from 'node:util'
import { createGunzip } from 'node:zlib'

import { decoderFor } from '@lockstep/sp-api/charset'
import type { ReportDocument } from '@lockstep/sp-api/reports'
import { type Dispatcher, request } from 'undici'

/** The download did not go well; the address may have run out, so a fresh one is asked for. */
export class DownloadError extends Error {
  override readonly name = 'DownloadError'
}

/** The document declares a charset that cannot be decoded. */
export class UnknownCharsetError extends Error {
  override readonly name = 'UnknownCharsetError'
}

const HEADERS_TIMEOUT_MS = 30_000
const SILENCE_TIMEOUT_MS = 60_000
/** A shop of a million listings stays well below. */
export const MAX_DOCUMENT_BYTES = 2 * 1024 * 1024 * 1024

/** Opens a document as text, straight from its address, decoded by its own declared charset. No token travels with it: the address is the key. */
export async function openDocument(agent: Dispatcher, place: ReportDocument, signal: AbortSignal): Promise<Readable> {
  const answer = await request(place.url, {
    dispatcher: agent,
    method: 'GET',
    signal,
    headersTimeout: HEADERS_TIMEOUT_MS,
    bodyTimeout: SILENCE_TIMEOUT_MS,
  })
  if (answer.statusCode !== 200) {
    await answer.body.dump()
    throw new DownloadError(`the document's address answered ${String(answer.statusCode)}`)
  }
  const contentType = answer.headers['content-type']
  const declared = Array.isArray(contentType) ? contentType[0] : contentType
  const decoder = decoderFor(declared)
  if (!decoder) {
    await answer.body.dump()
    throw new UnknownCharsetError(`the document declares "${declared ?? ''}", which cannot be decoded`)
  }
  const bytes = place.compression === 'GZIP' ? gunzipped(answer.body) : answer.body
  return Readable.from(decoded(bytes, decoder))
}

function gunzipped(body: Readable): Readable {
  const gunzip = createGunzip()
  body.on('error', (error) => gunzip.destroy(error))
  return body.pipe(gunzip)
}

async function* decoded(bytes: AsyncIterable<Buffer>, decoder: TextDecoder): AsyncGenerator<string> {
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.length
    if (size > MAX_DOCUMENT_BYTES)
      throw new DownloadError(`the document is larger than ${String(MAX_DOCUMENT_BYTES)} bytes`)
    yield decoder.decode(chunk, { stream: true })
  }
  yield decoder.decode()
}
