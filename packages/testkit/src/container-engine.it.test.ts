import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from '@jest/globals'
import { containerEngineAnswers } from './container-engine.ts'

// Short on purpose: the path of a socket has room for about 100 characters.
const folder = mkdtempSync(join(tmpdir(), 'engine-'))
const servers: (Server | HttpServer)[] = []
afterAll(() => {
  for (const server of servers) server.close()
  rmSync(folder, { recursive: true, force: true })
})

test('an engine that answers its ping is one', async () => {
  const engine = createHttpServer((request, response) => response.end(request.url === '/_ping' ? 'OK' : ''))

  expect(await containerEngineAnswers({ DOCKER_HOST: await listening(engine, 'answers') })).toBe(true)
})

test('one that answers with an error is none', async () => {
  const engine = createHttpServer((_request, response) => response.writeHead(500).end())

  expect(await containerEngineAnswers({ DOCKER_HOST: await listening(engine, 'fails') })).toBe(false)
})

test('a socket that accepts and stays silent is none, after a second', async () => {
  const startedAt = performance.now()

  expect(await containerEngineAnswers({ DOCKER_HOST: await listening(createServer(), 'silent') })).toBe(false)

  expect(performance.now() - startedAt).toBeLessThan(3_000)
})

test('a socket that is not there and an address that is none are no engine', async () => {
  expect(await containerEngineAnswers({ DOCKER_HOST: `unix://${join(folder, 'nothing')}` })).toBe(false)
  expect(await containerEngineAnswers({ DOCKER_HOST: 'somewhere' })).toBe(false)
})

async function listening(server: Server | HttpServer, name: string): Promise<string> {
  servers.push(server)
  const path = join(folder, name)
  server.listen(path)
  await once(server, 'listening')
  return `unix://${path}`
}
