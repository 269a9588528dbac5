import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'

import { afterEach, beforeEach, expect, test } from '@jest/globals'

import { type DocumentDownload, type DocumentUpload, getDocument, openDocumentAgent, putDocument } from './documents.ts'

let cleanUp: AsyncDisposableStack

beforeEach(() => {
  cleanUp = new AsyncDisposableStack()
})
afterEach(() => cleanUp.disposeAsync())

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUp.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/d?X-Amz-Signature=secret`
}

const signal = new AbortController().signal

function put(url: string, more: Partial<DocumentUpload> = {}) {
  const agent = cleanUp.adopt(openDocumentAgent(), (open) => open.destroy())
  return putDocument(agent, { url, chunks: [], contentType: 'application/json', timeoutMs: 5_000, signal, ...more })
}

function get(url: string, more: Partial<DocumentDownload> = {}) {
  const agent = cleanUp.adopt(openDocumentAgent(), (open) => open.destroy())
  return getDocument(agent, { url, compression: null, maxBytes: 1_000_000, timeoutMs: 5_000, signal, ...more })
}

const expiredXml = '<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>'

test('every piece arrives in order, with its exact length and content type, and no token', async () => {
  let seen: unknown
  const url = await serve((request, reply) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { 'content-type': type, 'content-length': length, 'x-amz-access-token': token } = request.headers
      const chunked = request.headers['transfer-encoding']
      seen = { method: request.method, type, length, token, chunked, text: Buffer.concat(chunks).toString() }
      reply.end()
    })
  })

  expect(await put(url, { chunks: ['é', 'b', 'c'].map((text) => Buffer.from(text)) })).toEqual({ kind: 'stored' })
  expect(seen).toEqual({
    method: 'PUT',
    type: 'application/json',
    length: '4',
    token: undefined,
    chunked: undefined,
    text: 'ébc',
  })
})

test('[T-58] an address that has run out is its own outcome, for both ways', async () => {
  const url = await serve((request, reply) => {
    request.resume()
    reply.writeHead(403).end(expiredXml)
  })

  expect(await put(url, { chunks: [Buffer.from('x')] })).toEqual({ kind: 'expired' })
  expect(await get(url)).toEqual({ kind: 'expired' })
})

test('another refusal is not taken for one that has run out', async () => {
  const url = await serve((request, reply) => {
    request.resume()
    reply.writeHead(403).end('<Error><Code>SignatureDoesNotMatch</Code></Error>')
  })

  expect(await put(url)).toMatchObject({ kind: 'refused', status: 403 })
  expect(await get(url)).toMatchObject({ kind: 'refused', status: 403 })
})

test('an upload that is never answered, or broke at storage, may be there; one that never left is not', async () => {
  const silent = await serve((request) => request.resume())
  const broken = await serve((request, reply) => {
    request.resume()
    reply.writeHead(503).end()
  })

  expect(await put(silent, { timeoutMs: 200 })).toMatchObject({ kind: 'lost' })
  expect(await put(broken)).toMatchObject({ kind: 'lost' })
  expect(await put('http://127.0.0.1:9/d?X-Amz-Signature=secret')).toMatchObject({ kind: 'unsent' })
  expect(await put(silent, { signal: AbortSignal.abort() })).toMatchObject({ kind: 'unsent' })
})

test('a document is unpacked and decoded by the charset it declares', async () => {
  const packed = await serve((_request, reply) => {
    reply.writeHead(200, { 'content-type': 'application/json; charset=UTF-8' }).end(gzipSync('{"a":"é"}'))
  })
  const latin = await serve((_request, reply) => {
    reply.writeHead(200, { 'content-type': 'text/plain; charset=Cp1252' }).end(Buffer.from([0x80]))
  })
  const odd = await serve((_request, reply) => {
    reply.writeHead(200, { 'content-type': 'text/plain; charset=EBCDIC-XYZ' }).end('x')
  })

  expect(await get(packed, { compression: 'GZIP' })).toMatchObject({ kind: 'read', text: '{"a":"é"}' })
  expect(await get(latin)).toMatchObject({ kind: 'read', text: '€' })
  expect(await get(odd)).toMatchObject({ kind: 'read', text: undefined })
})

test('a document larger than allowed is not read to its end, packed small as it may be', async () => {
  const url = await serve((_request, reply) => reply.end(gzipSync(Buffer.alloc(5_000_000))))

  expect(await get(url, { compression: 'GZIP' })).toEqual({ kind: 'too_large', maxBytes: 1_000_000 })
})

test('a document that is not what its compression says, or was cut short, is damaged', async () => {
  const plain = await serve((_request, reply) => reply.end('no gzip'))
  const cut = await serve((_request, reply) => reply.end(gzipSync(Buffer.alloc(5_000, 'abc')).subarray(0, 20)))

  expect(await get(plain, { compression: 'GZIP' })).toMatchObject({ kind: 'damaged' })
  expect(await get(cut, { compression: 'GZIP' })).toMatchObject({ kind: 'damaged' })
})

test('a download that breaks off has failed, and what is said never holds the address’s signature', async () => {
  const url = await serve((_request, reply) => {
    reply.writeHead(200, { 'content-length': '100' }).write('half')
    setImmediate(() => reply.destroy())
  })
  const outcomes = [await get(url), await put('http://127.0.0.1:9/d?X-Amz-Signature=secret')]

  expect(outcomes[0]).toMatchObject({ kind: 'failed' })
  expect(JSON.stringify(outcomes)).not.toContain('secret')
})
