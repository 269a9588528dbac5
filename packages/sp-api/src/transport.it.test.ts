import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { createServer as createTcpServer } from 'node:net'

import { afterEach, beforeEach, expect, test } from '@jest/globals'

import { callHttp, type HttpCall, MAX_ANSWER_BYTES, openAgent } from './transport.ts'

let cleanUp: AsyncDisposableStack

beforeEach(() => {
  cleanUp = new AsyncDisposableStack()
})
afterEach(() => cleanUp.disposeAsync())

/** A real HTTP server on a free port. */
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUp.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A server that does to each connection what is said, beneath HTTP. */
async function serveRaw(onConnection: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    onConnection(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  cleanUp.defer(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function call(origin: string, more: Partial<HttpCall> = {}) {
  const agent = openAgent()
  cleanUp.defer(() => agent.destroy())
  const signal = new AbortController().signal
  return callHttp(agent, {
    origin,
    method: 'GET',
    target: '/',
    headers: {},
    body: new Uint8Array(),
    timeoutMs: 2_000,
    signal,
    ...more,
  })
}

test('what is sent arrives: method, target byte for byte, headers, body, and a user agent below 500 characters', async () => {
  const seen: unknown[] = []
  const origin = await serve((request, reply) => {
    let body = ''
    request.on('data', (chunk: Buffer) => (body += chunk.toString()))
    request.on('end', () => {
      seen.push(request.method, request.url, request.headers['x-amz-access-token'], body, request.headers['user-agent'])
      reply.setHeader('x-amzn-RateLimit-Limit', '5.0')
      reply.end('{}')
    })
  })
  const headers = { 'x-amz-access-token': 'Atza|1' }

  const answer = await call(origin, {
    method: 'PATCH',
    target: '/items/A%2FB%201%2B2?x=a%2Cb',
    headers,
    body: Buffer.from('{"a":1}'),
  })

  expect(seen).toEqual([
    'PATCH',
    '/items/A%2FB%201%2B2?x=a%2Cb',
    'Atza|1',
    '{"a":1}',
    expect.stringMatching(/^Lockstep\/.{1,400}$/),
  ])
  expect(answer).toMatchObject({ kind: 'answered', status: 200, headers: { 'x-amzn-ratelimit-limit': '5.0' } })
})

test('a server that is not there: the call never left', async () => {
  const origin = await serve(() => undefined)
  await cleanUp.disposeAsync()
  cleanUp = new AsyncDisposableStack()

  expect(await call(origin)).toMatchObject({ kind: 'unsent' })
})

test('a call that was called off before it began never left', async () => {
  const origin = await serve((_request, reply) => reply.end('{}'))

  expect(await call(origin, { signal: AbortSignal.abort() })).toMatchObject({ kind: 'unsent' })
})

test('a connection cut after the request: the outcome is unknown', async () => {
  const origin = await serveRaw((socket) => socket.once('data', () => socket.destroy()))

  expect(await call(origin, { method: 'PATCH', body: Buffer.from('{}') })).toMatchObject({ kind: 'lost' })
})

test('no answer within the time: unknown, and not a moment later than that', async () => {
  const origin = await serve(() => undefined)
  const startedAt = performance.now()

  expect(await call(origin, { timeoutMs: 300 })).toMatchObject({ kind: 'lost' })
  expect(performance.now() - startedAt).toBeLessThan(1_900)
})

test('an answer cut short is no answer', async () => {
  const origin = await serveRaw((socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"status":"ACCE')),
  )

  expect(await call(origin)).toMatchObject({ kind: 'lost' })
})

test("an answer larger than any of Amazon's is not read to its end", async () => {
  const chunk = Buffer.alloc(1024 * 1024, 'x')
  const origin = await serve((_request, reply) => {
    for (let sent = 0; sent <= MAX_ANSWER_BYTES; sent += chunk.length) reply.write(chunk)
    reply.end()
  })

  expect(await call(origin, { timeoutMs: 10_000 })).toMatchObject({ kind: 'lost' })
})
