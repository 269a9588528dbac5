import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, beforeEach, expect, jest, test } from '@jest/globals'
import { call } from '@lockstep/rpc/client'
import { chromiumLaunchOptions } from '@lockstep/testkit/chromium'
import { eventually } from '@lockstep/testkit/eventually'
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core'

import { type ConsoleStage, oddSku, openConsoleStage } from './console-stage.ts'

jest.setTimeout(120_000)

const pictures = join(import.meta.dirname, '..', '..', '..', 'test-results', 'console')
const wide = { width: 1280, height: 800 }
const narrow = { width: 400, height: 850 }

let stage: ConsoleStage
let browser: Browser
let context: BrowserContext
let page: Page
/** What the browser complained of, and every address it asked for outside of the console. */
let complaints: string[]

beforeAll(async () => {
  mkdirSync(pictures, { recursive: true })
  stage = await openConsoleStage({ env: { DESPATCH_CONFIRM_AFTER_MS: '1000' } })
  browser = await chromium.launch(chromiumLaunchOptions())
}, 150_000)
afterAll(async () => {
  await browser?.close()
  await stage?.[Symbol.asyncDispose]()
})
beforeEach(async () => {
  context = await browser.newContext({
    viewport: wide,
    baseURL: stage.url,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
  })
  context.setDefaultTimeout(30_000)
  page = await context.newPage()
  complaints = []
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(message.text())
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(stage.url)) complaints.push(`asked ${request.url()}`)
  })
})
afterEach(async () => {
  await context.close()
  expect(complaints).toEqual([])
})

const shows = (locator: Locator): Promise<void> => locator.waitFor({ state: 'visible' })
const picture = (name: string) => page.screenshot({ path: join(pictures, `${name}.png`) })
const stageOf = (sku: string, name: string) =>
  page.getByRole('list', { name: `Chain of ${sku}`, exact: true }).locator(`[data-stage="${name}"]`)

async function setStock(item: string, onHand: number): Promise<void> {
  const line = { item, location: '', onHand: BigInt(onHand) }
  const request = { idempotencyKey: `browser:${item}:${onHand}`, lines: [line], partial: false, note: '' }
  await call(stage.whole.clients.inventory, 'setStock', request, { timeoutMs: 5_000 })
}

async function overflow(): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth')
}

test('the accounts show how they stand, and lead to their listings', async () => {
  await page.goto('/')

  const uk = page.getByRole('article', { name: 'Account UK' })
  await shows(uk.getByText('Connected'))
  await shows(page.getByRole('article', { name: 'Account DE' }))
  await shows(uk.getByRole('list', { name: 'Listings of UK by state' }).getByText('In step 5'))
  await shows(page.getByRole('complementary', { name: 'Simulator' }).getByText('Simulated Amazon'))
  await shows(page.getByRole('status').getByText('Live', { exact: true }))
  expect(await page.title()).toBe('Accounts · Lockstep')
  await picture('accounts')

  await uk.getByRole('link', { name: 'Listings' }).click()
  await shows(page.getByRole('table', { name: 'Listings of UK' }))
  expect(new URL(page.url()).searchParams.get('account')).toBe('UK')
})

test('[S001-13] a change of stock shows in the chain as it goes on, without a reload', async () => {
  await page.goto('/listings?account=UK')
  await shows(stageOf('LAMP-1', 'seen').getByText('10', { exact: true }))
  await shows(page.getByRole('status').getByText('Live', { exact: true }))
  await page.evaluate(() => Reflect.set(globalThis, 'isTheSamePage', true))

  await setStock('LAMP-1', 6)

  for (const name of ['ledger', 'available', 'desired', 'accepted', 'seen']) {
    await shows(stageOf('LAMP-1', name).getByText('6', { exact: true }))
  }
  await eventually(async () => expect(await stageOf('LAMP-1', 'seen').getAttribute('data-state')).toBe('done'))
  expect(await stageOf('LAMP-1', 'seen').innerText()).toMatch(/\d\d:\d\d:\d\d/)
  expect(await stageOf('LAMP-1', 'seen').locator('time').getAttribute('title')).toMatch(/ UTC$/)
  expect(await page.evaluate<boolean>('globalThis.isTheSamePage')).toBe(true)
  await picture('listings')
})

test('search and filter stand in the address, and going back undoes them', async () => {
  await page.goto('/listings?account=UK')
  await page.getByRole('searchbox', { name: 'Search' }).fill('LAMP')
  await eventually(() => expect(new URL(page.url()).searchParams.get('search')).toBe('LAMP'))
  await eventually(async () => expect(await page.getByRole('row').count()).toBe(2))

  await page.getByRole('searchbox', { name: 'Search' }).fill('')
  await eventually(() => expect(new URL(page.url()).searchParams.has('search')).toBe(false))
  await page.getByRole('radiogroup', { name: 'Links' }).getByText('Unlinked').click()
  await shows(page.getByRole('link', { name: 'Why STRAY-1' }))
  await eventually(async () => expect(await page.getByRole('row').count()).toBe(2))
  expect(new URL(page.url()).searchParams.get('filter')).toBe('unlinked')

  await page.getByRole('searchbox', { name: 'Search' }).fill('nothing of this name')
  await shows(page.getByText('No listing matches'))
  await page.goBack()
  await shows(page.getByRole('link', { name: 'Why PEN-1', exact: true }))
})

test('a number explains itself in a drawer that has an address, opened and closed by the keyboard', async () => {
  await page.goto('/listings?account=UK')
  await page.getByRole('link', { name: `Why ${oddSku}` }).focus()
  await page.keyboard.press('Enter')

  const why = page.getByRole('dialog')
  for (const part of ['Chain', 'Gates', 'Steps', 'Inputs', 'Guard', 'Shared SKU', 'Ledger']) {
    await shows(why.getByRole('region', { name: part, exact: true }))
  }
  await shows(why.getByText('In step'))
  await shows(why.getByRole('table', { name: 'Steps' }).getByText('Available over all mapped locations'))
  expect(new URL(page.url()).searchParams.get('why')).toBe(oddSku)
  await picture('why')
  await page.setViewportSize(narrow)
  await picture('why-narrow')

  await page.reload()
  await shows(why.getByRole('region', { name: 'Chain' }))
  await page.keyboard.press('Escape')
  await why.waitFor({ state: 'hidden' })
  expect(new URL(page.url()).searchParams.has('why')).toBe(false)
})

test('[S003-18] an order that comes in is processed through the form and followed until Amazon shows it', async () => {
  await page.goto('/orders')
  const { channelOrderId } = await stage.order([{ sku: 'BOTTLE-1', quantity: 1 }])
  await page.getByRole('link', { name: channelOrderId }).click()
  const form = page.getByRole('region', { name: 'Process' })
  const process = form.getByRole('button', { name: 'Process' })
  await picture('order')

  await form.getByLabel('Carrier').selectOption('Royal Mail')
  await process.click()
  await shows(form.getByText('the tracking number is missing: give the tracking number'))
  expect(await form.getByLabel('Tracking number').getAttribute('aria-invalid')).toBe('true')
  await picture('order-refused')

  await form.getByLabel('Service').fill('Tracked 24')
  await form.getByLabel('Tracking number').fill('RM123456789GB')
  await form.getByLabel('Tracking number').press('Enter')
  await shows(form.getByText('Stock has fallen'))
  await shows(form.getByText('Cannot be despatched: every line is despatched or cancelled'))
  expect(await process.isDisabled()).toBe(true)

  const trail = page.getByRole('list', { name: 'Audit trail' })
  await shows(trail.getByText('Order Despatch Submitted'))
  await shows(trail.getByText('Successfully Despatched'))
  await shows(page.getByRole('table', { name: 'Despatches' }).getByText('Confirmed'))
  await picture('order-processed')
  const { status, packages } = await stage.whole.sim.order(channelOrderId)
  expect([status, packages[0]?.trackingNumber]).toEqual(['SHIPPED', 'RM123456789GB'])
})

test('[S003-17] an order that Amazon ships cannot be processed, and the button says why', async () => {
  const { id } = await stage.order([{ sku: 'PEN-1-FBA', quantity: 1 }], { fulfilledBy: 'AMAZON' })

  await page.goto(`/orders/${id}`)

  const process = page.getByRole('button', { name: 'Process' })
  await shows(process)
  expect(await process.isDisabled()).toBe(true)
  await shows(page.getByText('Cannot be despatched: Amazon ships this order itself'))
  expect(await process.getAttribute('aria-describedby')).not.toBeNull()
})

test('what is refused after the page was read is shown with its next step, and the page then says so too', async () => {
  const { id, channelOrderId } = await stage.order([{ sku: 'RULER-1', quantity: 1 }])
  await page.goto(`/orders/${id}`)
  const form = page.getByRole('region', { name: 'Process' })
  await form.getByLabel('Carrier').selectOption('DHL')
  await form.getByLabel('Tracking number').fill('JD1')
  // Nothing the page could hear of: it still believes that the order is open.
  await page.route('**/api/events', (route) => route.abort())
  await page.route(`**/api/orders/${id}`, (route) => route.abort())
  await stage.post(`/api/orders/${id}/process`, { carrier: 'DHL', tracking: 'OTHER-1' })
  await eventually(async () => {
    const { cannotDespatch } = await stage.read<{ cannotDespatch: unknown }>(`/api/orders/${channelOrderId}`)
    expect(cannotDespatch).not.toBeNull()
  })

  await form.getByRole('button', { name: 'Process' }).click()

  const refusal = form.getByRole('alert')
  await shows(refusal.getByText('Not processed'))
  await shows(refusal.getByText('NOTHING_OPEN'))
  await shows(refusal.getByText('Nothing to do: every line is despatched or cancelled.'))
})

test('an address that names nothing says so and what to do', async () => {
  await page.goto('/orders/202-0000000-0000000')
  await shows(page.getByRole('alert').getByText('The order could not be read'))
  await shows(page.getByText('lockstep orders sync'))

  await page.goto('/listings?account=Mars')
  await shows(page.getByText('There is no account “Mars”'))
})

test('on a narrow screen nothing is cut off, and the navigation opens', async () => {
  await page.setViewportSize(narrow)
  const { id } = await stage.order([{ sku: 'PEN-1', quantity: 2 }])
  for (const [name, address] of [
    ['accounts', '/accounts'],
    ['listings', '/listings?account=UK'],
    ['orders', '/orders'],
    ['order', `/orders/${id}`],
  ] as const) {
    await page.goto(address)
    await shows(page.getByRole('heading', { level: 1 }))
    await page.waitForLoadState('load')
    await eventually(async () => expect(await page.getByRole('status').filter({ hasText: 'Reading' }).count()).toBe(0))
    expect({ name, overflow: await overflow() }).toEqual({ name, overflow: 0 })
    await picture(`${name}-narrow`)
  }

  await page.getByRole('button', { name: 'Navigation' }).click()
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Accounts' }).click()
  await shows(page.getByRole('article', { name: 'Account UK' }))
})

test('while the console is away the page says so, and goes on by itself when it is back', async () => {
  await page.goto('/listings?account=UK')
  const status = page.getByRole('banner').getByRole('status')
  await shows(status.getByText('Live', { exact: true }))

  await stage.whole.kill('console')
  await shows(status.getByText('Reconnecting…'))
  await setStock('PEN-1', 8)
  await stage.whole.restart('console')

  await shows(status.getByText('Live', { exact: true }))
  await shows(stageOf('PEN-1', 'ledger').getByText('8', { exact: true }))
  complaints.length = 0
})
