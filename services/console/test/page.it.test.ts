import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from '@jest/globals'
import { createTestFolder } from '@lockstep/testkit/test-folder'
import { createLogger } from '@lockstep/telemetry/logger'

import { addHealthRoutes } from '../src/http/health.ts'
import { createHttpServer } from '../src/http/http-server.ts'
import { addPage } from '../src/http/page.ts'

const quiet = createLogger('console', { destination: { write: () => undefined } })
const get = (url: string) => ({ method: 'GET' as const, url, headers: { host: '127.0.0.1' } })

async function serve(folder: string) {
  const app = createHttpServer(quiet)
  addHealthRoutes(app, await addPage(app, folder))
  return app
}

/** A build as vite leaves it. */
function build(folder: string): void {
  mkdirSync(join(folder, 'assets'), { recursive: true })
  writeFileSync(join(folder, 'assets', 'index-abc123.js'), 'console.log(1)')
  writeFileSync(join(folder, 'index.html'), '<meta nonce="LOCKSTEP_NONCE"><script nonce="LOCKSTEP_NONCE"></script>')
}

test('every answer of the page has a nonce of its own, and nothing else may style or run', async () => {
  using folder = createTestFolder('page')
  build(folder.path)
  await using app = await serve(folder.path)

  const [one, two] = [await app.inject(get('/')), await app.inject(get('/orders/ord_1'))]

  for (const { statusCode, headers } of [one, two]) {
    expect(statusCode).toBe(200)
    expect(headers['cache-control']).toBe('no-store')
    expect(headers['content-security-policy']).toMatch(
      /default-src 'none'; script-src 'self'; style-src 'self' 'nonce-/,
    )
    expect(headers['content-security-policy']).not.toMatch(/unsafe|\*|https?:/)
    expect(headers['x-content-type-options']).toBe('nosniff')
  }
  const nonce = /'nonce-([^']{20,})'/.exec(String(one.headers['content-security-policy']))?.[1]
  expect(one.body).toBe(`<meta nonce="${nonce}"><script nonce="${nonce}"></script>`)
  expect(two.body).not.toBe(one.body)
})

test('files that carry a hash of their content are kept for good, and nothing beside them is served', async () => {
  using folder = createTestFolder('page')
  build(folder.path)
  writeFileSync(join(folder.path, 'secret.txt'), 'secret')
  await using app = await serve(folder.path)

  const asset = await app.inject(get('/assets/index-abc123.js'))
  const others = await Promise.all(
    ['/assets/../secret.txt', '/assets/..%2fsecret.txt', '/assets/', '/secret.txt'].map((url) => app.inject(get(url))),
  )

  expect(asset.statusCode).toBe(200)
  expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable')
  expect(asset.headers['content-type']).toContain('javascript')
  for (const other of others) {
    expect(other.statusCode).toBeGreaterThanOrEqual(400)
    expect(other.body).not.toContain('secret')
  }
})

test('a page that was never built says how to build it, and the console is not ready', async () => {
  using folder = createTestFolder('page')
  await using app = await serve(folder.path)

  const [page, ready, alive] = [
    await app.inject(get('/')),
    await app.inject(get('/readyz')),
    await app.inject(get('/healthz')),
  ]
  build(folder.path)

  expect(page.statusCode).toBe(404)
  expect(page.body).toContain('pnpm --filter @lockstep/console build')
  expect([ready.statusCode, alive.statusCode]).toEqual([503, 200])
  expect((await app.inject(get('/readyz'))).statusCode).toBe(200)
})
