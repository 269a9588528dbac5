import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { simulatorControl, type SimulatorControl } from './control-client.ts'
import { startSimulatorServer, type SimulatorOptions } from './server.ts'

const sellerId = 'A1DEMO0000EU'
const uk = 'A1F83G8C2ARO7P'
const refreshToken = `Atzr|demo-${sellerId}`
const sku = 'A/B 1+2'
let folder: string
let cleanUp: AsyncDisposableStack

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'amazon-simulator-'))
  cleanUp = new AsyncDisposableStack()
  cleanUp.defer(() => rmSync(folder, { recursive: true, force: true }))
})

afterEach(() => cleanUp.disposeAsync())

async function start(options: Partial<SimulatorOptions> = {}): Promise<SimulatorControl> {
  const server = cleanUp.use(await startSimulatorServer({ port: 0, seed: 'it', ...options }))
  return simulatorControl(server.url)
}

async function addDemo(sim: SimulatorControl): Promise<void> {
  await sim.putSeller({ sellerId, region: 'EU', marketplaceIds: [uk, 'A1PA6795UKMFR9'], refreshToken })
  await sim.putListing({ sellerId, sku, marketplaceId: uk, asin: 'B000000001', title: 'Slash', quantity: 5 })
}

async function login(url: string): Promise<Record<string, string>> {
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: 'app',
    client_secret: 's',
  })
  const answer = (await (await fetch(`${url}/auth/o2/token`, { method: 'POST', body })).json()) as {
    access_token: string
  }
  return { 'x-amz-access-token': answer.access_token, 'content-type': 'application/json' }
}

const itemPath = `/listings/2021-08-01/items/${sellerId}/${encodeURIComponent(sku)}?marketplaceIds=${uk}`
const patchBody = (quantity: number) =>
  JSON.stringify({
    productType: 'PRODUCT',
    patches: [
      {
        op: 'merge',
        path: '/attributes/fulfillment_availability',
        value: [{ fulfillment_channel_code: 'DEFAULT', quantity }],
      },
    ],
  })

/** Starts the simulator as its own process and waits for its address. */
async function startProcess(stateFile: string): Promise<{ child: ChildProcess; sim: SimulatorControl }> {
  const env = { ...process.env, SIMULATOR_PORT: '0', SIMULATOR_STATE_FILE: stateFile }
  const main = join(import.meta.dirname, 'main.ts')
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  cleanUp.defer(() => void child.kill('SIGKILL'))
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const url = /http:\S+/.exec(line.toString())?.[0] ?? ''
  return { child, sim: simulatorControl(url) }
}

test('every answer names the simulator: control, API, page and a path nobody can read', async () => {
  const { url } = await start()
  const paths = ['/_sim/state', '/orders/2026-01-01/orders', '/', '/%zz', '/_sim/nothing']
  const answers = await Promise.all(paths.map((path) => fetch(url + path)))

  expect(answers.map(({ status }) => status)).toEqual([200, 403, 200, 403, 404])
  for (const { headers } of answers) expect(headers.get('server')).toBe('lockstep-amazon-simulator')
})

test('a token, a write, a sale and an order over HTTP', async () => {
  const sim = await start()
  await sim.changeSettings({ propagationMs: 0, orderVisibilityMs: 0 })
  await addDemo(sim)
  const headers = await login(sim.url)
  const patched = await fetch(sim.url + itemPath, { method: 'PATCH', headers, body: patchBody(7) })
  const { orderId, liveAfter } = await sim.placeOrder({ sellerId, marketplaceId: uk, lines: [{ sku, quantity: 3 }] })
  const order = await sim.order(orderId)
  const confirmed = await fetch(`${sim.url}/orders/v0/orders/${orderId}/shipmentConfirmation`, {
    method: 'POST',
    headers,
    body: JSON.stringify({
      marketplaceId: uk,
      packageDetail: {
        packageReferenceId: '1',
        carrierCode: 'DHL',
        trackingNumber: 'T1',
        shipDate: new Date().toISOString(),
        orderItems: [{ orderItemId: order.lines[0]?.orderItemId, quantity: 3 }],
      },
    }),
  })

  expect(await patched.json()).toMatchObject({ sku, status: 'ACCEPTED' })
  expect(patched.headers.get('x-amzn-ratelimit-limit')).toBe('5.0')
  expect(Date.parse(patched.headers.get('date') ?? '')).toBeGreaterThan(0)
  expect(liveAfter).toEqual({ [sku]: 4 })
  expect([confirmed.status, await confirmed.text()]).toEqual([204, ''])
  expect(await sim.order(orderId)).toMatchObject({
    status: 'SHIPPED',
    buyerMailsSent: 1,
    packages: [{ trackingNumber: 'T1' }],
  })
})

test('control calls never appear in the journal, and it pages from nextSince', async () => {
  const sim = await start()
  await addDemo(sim)
  const headers = await login(sim.url)
  await fetch(sim.url + itemPath, { headers })
  const { entries, nextSince } = await sim.journal()

  expect(entries.map(({ operation }) => operation)).toEqual(['lwaToken', 'getListingsItem'])
  expect(entries[1]).toMatchObject({
    seq: 2,
    sellerId,
    sku,
    method: 'GET',
    status: 200,
    tokensBefore: 10,
    fault: null,
    errorCode: null,
  })
  expect((await sim.journal({ since: nextSince })).entries).toEqual([])
})

test('a SKU reaches the listing whatever the client leaves bare: one encoding is decoded once', async () => {
  const sim = await start()
  await addDemo(sim)
  const headers = await login(sim.url)
  const rawGet = (path: string) =>
    new Promise<number>((resolve, reject) => {
      const call = request(sim.url, { path, headers }, (answer) => {
        answer.resume()
        resolve(answer.statusCode ?? 0)
      })
      call.on('error', reject).end()
    })
  const prefix = `/listings/2021-08-01/items/${sellerId}`
  const query = `?marketplaceIds=${uk}`

  expect(await rawGet(`${prefix}/A%2FB%201+2${query}`)).toBe(200)
  expect(await rawGet(`${prefix}/A/B%201+2${query}`)).toBe(403)
  expect(await rawGet(`${prefix}/A%252FB%25201%252B2${query}`)).toBe(404)
})

test('faults over HTTP: a drop cuts the connection, a timeout stays silent and may have done its work', async () => {
  const sim = await start()
  await sim.changeSettings({ propagationMs: 0 })
  await addDemo(sim)
  const headers = await login(sim.url)
  const patch = (quantity: number) =>
    fetch(sim.url + itemPath, { method: 'PATCH', headers, body: patchBody(quantity), signal: AbortSignal.timeout(300) })

  await sim.addFault({ match: { operation: 'patchListingsItem' }, action: 'drop', count: 1 })
  await expect(patch(1)).rejects.toThrow('fetch failed')
  await sim.addFault({ match: { sku }, action: 'timeout-before', count: 1 })
  await expect(patch(2)).rejects.toMatchObject({ name: 'TimeoutError' })
  expect((await sim.listing(sellerId, sku)).live.quantity).toBe(5)
  await sim.addFault({ match: { sellerId }, action: 'timeout-after', count: 1 })
  await expect(patch(3)).rejects.toMatchObject({ name: 'TimeoutError' })
  expect((await sim.listing(sellerId, sku)).live.quantity).toBe(3)
  await sim.addFault({ action: 'corrupt', count: 1 })
  await expect((await patch(4)).json()).rejects.toThrow('JSON')
})

test('what was acknowledged survives kill -9', async () => {
  const stateFile = join(folder, 'state')
  const first = await startProcess(stateFile)
  await first.sim.changeSettings({ profile: 'demo', propagationMs: 3_600_000 })
  await addDemo(first.sim)
  const headers = await login(first.sim.url)
  const { orderId } = await first.sim.placeOrder({ sellerId, marketplaceId: uk, lines: [{ sku, quantity: 2 }] })
  await fetch(first.sim.url + itemPath, { method: 'PATCH', headers, body: patchBody(9) })
  await first.sim.addFault({ action: 'deny', match: { operation: 'getOrder' } })
  const before = {
    state: await first.sim.state(),
    listings: await first.sim.listings(),
    order: await first.sim.order(orderId),
    journal: await first.sim.journal(),
  }

  first.child.kill('SIGKILL')
  await once(first.child, 'exit')
  const { sim } = await startProcess(stateFile)

  const after = await sim.state()
  expect({ ...after, clock: null }).toEqual({ ...before.state, clock: null })
  expect(await sim.listings()).toEqual(before.listings)
  expect(await sim.order(orderId)).toEqual(before.order)
  expect(await sim.journal()).toEqual(before.journal)
  expect((await fetch(sim.url + itemPath, { headers })).status).toBe(200)
  expect((await sim.journal()).entries.at(-1)?.seq).toBe(before.journal.nextSince)
})

test('under a storm of writes every acknowledged one is there after kill -9', async () => {
  const stateFile = join(folder, 'state')
  const { child, sim } = await startProcess(stateFile)
  await addDemo(sim)
  const acknowledged: string[] = []
  const worker = async (): Promise<void> => {
    for (;;)
      acknowledged.push(
        (await sim.placeOrder({ sellerId, marketplaceId: uk, lines: [{ sku, quantity: 1 }], ignoreQuantity: true }))
          .orderId,
      )
  }
  const workers = Array.from({ length: 8 }, worker)
  while (acknowledged.length < 200) await sim.state()
  child.kill('SIGKILL')
  await Promise.allSettled(workers)

  const again = await startProcess(stateFile)
  const found = await Promise.all(acknowledged.map((orderId) => again.sim.order(orderId)))
  expect(found.map(({ orderId }) => orderId)).toEqual(acknowledged)
})

test('a reset forgets everything but never hands out an id twice', async () => {
  const stateFile = join(folder, 'state')
  const first = await startSimulatorServer({ port: 0, stateFile })
  const sim = simulatorControl(first.url)
  await addDemo(sim)
  const before = await sim.placeOrder({ sellerId, marketplaceId: uk, lines: [{ sku, quantity: 1 }] })
  await login(first.url)
  const state = await sim.reset()
  expect(state).toMatchObject({
    counts: { sellers: 0, listings: 0, orders: 0, journal: 0 },
    faults: [],
    profile: 'amazon',
  })
  await first.close()

  const again = await start({ stateFile })
  await addDemo(again)
  const after = await again.placeOrder({ sellerId, marketplaceId: uk, lines: [{ sku, quantity: 1 }] })
  await login(again.url)
  expect(after.orderId).not.toBe(before.orderId)
  expect((await again.journal()).entries.map(({ seq }) => seq)).toEqual([2])
})

test('a virtual clock moves only when it is moved, and stands where it stood after a restart', async () => {
  const stateFile = join(folder, 'state')
  const startsAt = Date.parse('2026-03-02T09:00:00Z')
  const first = await startSimulatorServer({ port: 0, stateFile, clock: 'virtual', startsAt })
  const sim = simulatorControl(first.url)
  await addDemo(sim)
  const headers = await login(first.url)
  await fetch(first.url + itemPath, { method: 'PATCH', headers, body: patchBody(9) })
  expect((await sim.listing(sellerId, sku)).live.quantity).toBe(5)
  await sim.advanceClock(30_000)
  expect((await sim.listing(sellerId, sku)).live.quantity).toBe(9)
  await first.close()

  const again = await start({ stateFile, clock: 'virtual' })
  expect((await again.state()).clock).toEqual({ mode: 'virtual', now: '2026-03-02T09:00:30.000Z' })
})

test('a real clock cannot be moved', async () => {
  await expect((await start()).advanceClock(1)).rejects.toMatchObject({ status: 409, code: 'REAL_CLOCK' })
})

test.each([
  [
    'an unknown seller',
    { path: '/orders', body: { sellerId: 'NOBODY', marketplaceId: uk, lines: [{ sku, quantity: 1 }] } },
    [404, 'sellerId'],
  ],
  [
    'a negative quantity',
    { path: '/orders', body: { sellerId, marketplaceId: uk, lines: [{ sku, quantity: -1 }] } },
    [400, 'lines[0].quantity'],
  ],
  ['no lines', { path: '/orders', body: { sellerId, marketplaceId: uk } }, [400, 'lines']],
  ['a typing mistake', { path: '/settings', body: { propagation: 1 } }, [400, 'propagation']],
  ['a text as a number', { path: '/settings', body: { reportMs: '5' } }, [400, 'reportMs']],
  ['an unknown action', { path: '/faults', body: { action: 'explode' } }, [400, 'action']],
  [
    'an unknown operation',
    { path: '/faults', body: { action: 'deny', match: { operation: 'getOrders' } } },
    [400, 'match.operation'],
  ],
  ['an unknown role', { path: '/roles', body: { sellerId, grant: ['Orders'] } }, [400, 'grant']],
  ['an order that does not exist', { path: '/orders/1/cancel', body: {} }, [404, 'orderId']],
])('the control API refuses %s with the field, the value and the next step', async (_name, call, refusal) => {
  const sim = await start()
  await addDemo(sim)
  const answer = await fetch(`${sim.url}/_sim${call.path}`, { method: 'POST', body: JSON.stringify(call.body) })

  const { error } = (await answer.json()) as { error: { field: string; message: string } }
  expect([answer.status, error.field]).toEqual(refusal)
  expect(error.message).toMatch(/must|use|create|POST/)
})

test('[R02] 409 NOT_ENOUGH says how many are on sale', async () => {
  const sim = await start()
  await addDemo(sim)

  await expect(sim.placeOrder({ sellerId, marketplaceId: uk, lines: [{ sku, quantity: 6 }] })).rejects.toMatchObject({
    status: 409,
    code: 'NOT_ENOUGH',
    field: 'lines.quantity',
  })
})

test('a refused edit leaves the listing as it was', async () => {
  const sim = await start()
  await addDemo(sim)
  const before = await sim.listings()

  await expect(sim.putListing({ sellerId, sku, quantity: 1, leadTimeDays: 31 })).rejects.toMatchObject({
    status: 400,
    field: 'leadTimeDays',
  })
  await expect(sim.putListing({ sellerId, sku: 'NEW', quantity: 1 })).rejects.toMatchObject({
    status: 404,
    field: 'sku',
  })
  await expect(sim.putListing({ sellerId, sku: 'x'.repeat(41), quantity: 1 })).rejects.toMatchObject({
    status: 400,
    field: 'sku',
  })
  expect(await sim.listings()).toEqual(before)
})

test('roles, faults and buckets through the control API', async () => {
  const sim = await start()
  await addDemo(sim)
  const { id } = await sim.addFault({ action: 'deny' })

  expect((await sim.changeRoles({ sellerId, revoke: ['Product Listing'] })).roles).not.toContain('Product Listing')
  expect((await sim.faults()).map((fault) => fault.id)).toEqual([id])
  await sim.removeFault(id)
  expect(await sim.faults()).toEqual([])
  expect(await sim.buckets(sellerId)).toContainEqual({
    level: 'pair',
    operation: 'searchOrders',
    rate: 0.0056,
    burst: 20,
    tokens: 20,
    ok: 0,
    throttled: 0,
  })
})

test('the Seller Central page escapes everything, says what it is and edits a quantity', async () => {
  const sim = await start()
  await addDemo(sim)
  await sim.putListing({
    sellerId,
    sku: '<b>"x"</b>',
    marketplaceId: uk,
    asin: 'B000000002',
    title: '<script>alert(1)</script>',
    quantity: 1,
  })
  const page = `${sim.url}/seller-central/listings?seller=${encodeURIComponent(`${sellerId}|EU`)}`
  const saved = await fetch(page, { method: 'POST', body: new URLSearchParams({ sku, quantity: '12' }) })
  const html = await saved.text()

  expect(saved.url).toContain('/seller-central/listings')
  expect(html).toContain('This is a simulator, not Amazon.')
  expect(html).toMatch(/Profile\s+<strong>amazon<\/strong>/)
  expect(html).not.toContain('<script>')
  expect(html).toContain('&lt;b&gt;&quot;x&quot;&lt;/b&gt;')
  expect((await sim.listing(sellerId, sku)).live.quantity).toBe(12)
})

test('the Seller Central page ships, cancels and pays orders', async () => {
  const sim = await start()
  await addDemo(sim)
  const place = async (status: 'PENDING' | 'UNSHIPPED') =>
    (await sim.placeOrder({ sellerId, marketplaceId: uk, lines: [{ sku, quantity: 1 }], status })).orderId
  const act = (orderId: string, action: string) =>
    fetch(`${sim.url}/seller-central/orders/${orderId}/${action}?seller=${encodeURIComponent(`${sellerId}|EU`)}`, {
      method: 'POST',
    })
  const pending = await place('PENDING')
  const open = await place('UNSHIPPED')
  const html = await (await act(pending, 'pay')).text()
  await act(pending, 'ship')
  await act(open, 'cancel')
  const refused = await act(open, 'cancel')

  expect(html).toContain(pending)
  expect([(await sim.order(pending)).status, (await sim.order(open)).status]).toEqual(['SHIPPED', 'CANCELLED'])
  expect([refused.status, await refused.text()]).toEqual([409, expect.stringContaining('shipped or cancelled already')])
})

test('a taken port is refused and closing answers no more', async () => {
  const server = await startSimulatorServer({ port: 0 })
  await expect(startSimulatorServer({ port: server.port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
  await server.close()

  const socket = connect(server.port, '127.0.0.1')
  await expect(once(socket, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})
