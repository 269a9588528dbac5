import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { simulatorControl, type SimulatorControl } from './control-client.ts'
import { quantityMessage, feedText } from './core/feeds/feed-stage.ts'

const sellerId = 'A1DEMO0000EU'
const uk = 'A1F83G8C2ARO7P'
const refreshToken = `Atzr|demo-${sellerId}`
const contentType = 'application/json; charset=UTF-8'
let folder: string
let cleanUp: AsyncDisposableStack

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'amazon-feeds-'))
  cleanUp = new AsyncDisposableStack()
  cleanUp.defer(() => rmSync(folder, { recursive: true, force: true }))
})

afterEach(() => cleanUp.disposeAsync())

/** The simulator as its own process with a virtual clock. */
async function startProcess(): Promise<{ child: ChildProcess; sim: SimulatorControl }> {
  const state = { SIMULATOR_STATE_FILE: join(folder, 'state'), SIMULATOR_CLOCK: 'virtual' }
  const env = { ...process.env, SIMULATOR_PORT: '0', ...state }
  const child = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  cleanUp.defer(() => void child.kill('SIGKILL'))
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, sim: simulatorControl(/http:\S+/.exec(line.toString())?.[0] ?? '') }
}

async function addSeller(sim: SimulatorControl, skus: string[]): Promise<Record<string, string>> {
  await sim.changeSettings({ propagationMs: 0, feedFixedMs: 300_000, feedItemsPerSecond: 20 })
  await sim.putSeller({ sellerId, region: 'EU', marketplaceIds: [uk], refreshToken })
  for (const sku of skus) {
    await sim.putListing({ sellerId, sku, marketplaceId: uk, asin: 'B000000001', title: sku, quantity: 5 })
  }
  const grant = { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: 'app', client_secret: 's' }
  const answer = await fetch(`${sim.url}/auth/o2/token`, { method: 'POST', body: new URLSearchParams(grant) })
  const { access_token: token } = (await answer.json()) as { access_token: string }
  return { 'x-amz-access-token': token, 'content-type': 'application/json' }
}

/** Amazon's three steps: document, upload, feed. */
async function submit(sim: SimulatorControl, headers: Record<string, string>, text: string): Promise<string> {
  const feeds = `${sim.url}/feeds/2021-06-30`
  const created = await fetch(`${feeds}/documents`, { method: 'POST', headers, body: JSON.stringify({ contentType }) })
  const { feedDocumentId, url } = (await created.json()) as { feedDocumentId: string; url: string }
  const uploaded = await fetch(url, { method: 'PUT', headers: { 'content-type': contentType }, body: text })
  const body = { feedType: 'JSON_LISTINGS_FEED', marketplaceIds: [uk], inputFeedDocumentId: feedDocumentId }
  const feed = await fetch(`${feeds}/feeds`, { method: 'POST', headers, body: JSON.stringify(body) })
  expect([created.status, uploaded.status, feed.status]).toEqual([201, 200, 202])
  return ((await feed.json()) as { feedId: string }).feedId
}

async function read<Answer>(sim: SimulatorControl, headers: Record<string, string>, path: string): Promise<Answer> {
  return (await (await fetch(`${sim.url}/feeds/2021-06-30/${path}`, { headers })).json()) as Answer
}

const feedOf = (skus: string[], quantity: number) =>
  feedText(
    skus.map((sku, i) => quantityMessage(i + 1, sku, quantity)),
    { sellerId },
  )

test('a feed from document to processing report over HTTP, with no byte of it in the journal', async () => {
  const { sim } = await startProcess()
  const headers = await addSeller(sim, ['CUP'])
  const feedId = await submit(sim, headers, feedOf(['CUP'], 7))
  await sim.advanceClock(300_050)
  const feed = await read<Record<string, string>>(sim, headers, `feeds/${feedId}`)
  const document = await read<Record<string, string>>(sim, headers, `documents/${feed['resultFeedDocumentId']}`)
  const download = await fetch(document['url'] ?? '')
  const report: unknown = JSON.parse(gunzipSync(Buffer.from(await download.arrayBuffer())).toString())

  expect(feed['processingStatus']).toBe('DONE')
  expect(report).toMatchObject({ header: { feedId }, summary: { messagesAccepted: 1, messagesInvalid: 0 } })
  expect(download.headers.get('content-type')).toBe('application/json; charset=UTF-8')
  const { entries } = await sim.journal()
  expect(entries.map(({ operation }) => operation)).toEqual([
    'lwaToken',
    'createFeedDocument',
    'uploadDocument',
    'createFeed',
    'getFeed',
    'getFeedDocument',
    'downloadDocument',
  ])
  expect(entries[2]).toMatchObject({ sellerId, body: null, method: 'PUT', status: 200 })
  expect(JSON.stringify(entries)).not.toContain('Signature')
})

test('a queue of feeds and the patches behind it survive kill -9 in the middle of a feed', async () => {
  const first = await startProcess()
  const headers = await addSeller(first.sim, ['CUP', 'MUG'])
  await submit(first.sim, headers, feedOf(['CUP', 'MUG'], 7))
  const second = await submit(first.sim, headers, feedOf(['CUP'], 8))
  const patch = { op: 'merge', path: '/attributes/fulfillment_availability' }
  const body = {
    productType: 'PRODUCT',
    patches: [{ ...patch, value: [{ fulfillment_channel_code: 'DEFAULT', quantity: 2 }] }],
  }
  const path = `/listings/2021-08-01/items/${sellerId}/CUP?marketplaceIds=${uk}`
  await fetch(first.sim.url + path, { method: 'PATCH', headers, body: JSON.stringify(body) })
  await first.sim.advanceClock(300_050)
  const before = { feeds: await first.sim.feeds(sellerId), listings: await first.sim.listings() }

  first.child.kill('SIGKILL')
  await once(first.child, 'exit')
  const { sim } = await startProcess()

  expect(before.feeds.map(({ status, reached }) => [status, reached])).toContainEqual(['IN_PROGRESS', 1])
  expect({ feeds: await sim.feeds(sellerId), listings: await sim.listings() }).toEqual(before)
  expect((await sim.listing(sellerId, 'CUP')).pendingWrites).toMatchObject([{ quantity: 2, behindFeed: second }])
  await sim.advanceClock(700_000)
  expect((await sim.feeds(sellerId)).map(({ status }) => status)).toEqual(['DONE', 'DONE'])
  expect((await sim.listing(sellerId, 'MUG')).live.quantity).toBe(7)
  expect((await sim.listing(sellerId, 'CUP')).live.quantity).toBe(2)
})

test('a stuck feed shows as such and can be let go', async () => {
  const { sim } = await startProcess()
  const headers = await addSeller(sim, ['CUP'])
  await sim.addFault({ action: 'feed-stuck', count: 1 })
  const feedId = await submit(sim, headers, feedOf(['CUP'], 7))
  await sim.advanceClock(3_600_000 - 1)
  const stuck = await sim.feeds(sellerId)
  const page = await (await fetch(`${sim.url}/seller-central/feeds?seller=${sellerId}%7CEU`)).text()
  await sim.resumeFeed(feedId)
  await sim.advanceClock(300_050)

  expect(page).toContain(feedId)
  expect(page).toContain('<strong>IN_PROGRESS</strong> <span class="note">stuck</span>')
  expect(stuck).toMatchObject([{ feedId, status: 'IN_PROGRESS', fate: 'stuck', reached: 0, endsAt: null }])
  expect(await sim.feeds(sellerId)).toMatchObject([{ feedId, status: 'DONE', reached: 1 }])
  await expect(sim.resumeFeed(feedId)).rejects.toMatchObject({ code: 'NOT_STUCK' })
})

test('a feed of 25,000 items is worked through without holding anybody up for long', async () => {
  const { sim } = await startProcess()
  const skus = Array.from({ length: 25_000 }, (_, i) => `SKU-${i}`)
  const headers = await addSeller(sim, skus.slice(0, 50))
  await submit(sim, headers, feedOf(skus, 7))
  await sim.advanceClock(300_000)
  const slowest = { ms: 0 }
  for (let i = 0; i < 25; i++) {
    const startedAt = performance.now()
    await sim.advanceClock(1000)
    slowest.ms = Math.max(slowest.ms, i === 0 ? 0 : performance.now() - startedAt)
  }
  await sim.advanceClock(25_000 * 50)

  expect(await sim.feeds(sellerId)).toMatchObject([{ status: 'DONE', items: 25_000, reached: 25_000 }])
  expect((await sim.listing(sellerId, 'SKU-49')).live.quantity).toBe(7)
  expect(slowest.ms).toBeLessThan(1000)
})
