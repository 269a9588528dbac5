import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startConstellation, type Constellation } from '@lockstep/testkit/constellation'
import { eventually } from '@lockstep/testkit/eventually'
import { createTestFolder, type TestFolder } from '@lockstep/testkit/test-folder'

import { runCli } from './run-cli.ts'
import { problemsOf } from './test-schemas.ts'

const sellerId = 'A1COMMANDS1'
const parcel = ['--carrier', 'Royal Mail', '--tracking', 'RM1'] as const

let stack: Constellation
let folder: TestFolder
let orderId: string

beforeAll(async () => {
  folder = createTestFolder('cli')
  stack = await startConstellation({
    services: ['inventory', 'channel-connector', 'order-download', 'report', 'despatch'],
    env: { REPORT_CHECK_INTERVAL_MS: '200' },
    simulator: { orderVisibilityMs: 0, reportMs: 0, propagationMs: 50 },
  })
  await stack.load({
    name: 'commands',
    sellers: [{ sellerId, region: 'EU', refreshToken: 'Atzr|commands', accounts: [{ name: 'UK', marketplace: 'UK' }] }],
    items: [
      { sku: 'CUP', title: 'Cup, blue', onHand: 5 },
      { sku: 'JUG', title: 'Jug', onHand: 5 },
    ],
    listings: [
      { sellerId, sku: 'CUP', accounts: ['UK'], quantity: 3, item: 'CUP' },
      { sellerId, sku: 'JUG', accounts: ['UK'], quantity: 5 },
    ],
  })
  const marketplaceId = 'A1F83G8C2ARO7P'
  ;({ orderId } = await stack.sim.placeOrder({ sellerId, marketplaceId, lines: [{ sku: 'CUP', quantity: 1 }] }))
  await stack.sim.putSeller({
    sellerId: 'A1SECOND001',
    region: 'EU',
    marketplaceIds: [marketplaceId],
    refreshToken: 'Atzr|second',
  })
  await eventually(async () => {
    await answered('orders', 'sync', 'UK')
    expect(await lockstep(['orders', 'show', orderId])).toMatchObject({ status: 0 })
    expect(await answered('why', 'UK', 'CUP')).toMatchObject({ desired: { quantity: 4 } })
  })
})

afterAll(async () => {
  await stack[Symbol.asyncDispose]()
  folder[Symbol.dispose]()
})

test.each([
  ['accounts-list', ['accounts', 'list'], 'UPDATES'],
  ['accounts-show', ['accounts', 'show', 'UK'], 'update inventory'],
  ['accounts-show', ['accounts', 'settings', 'UK'], 'max listed'],
  ['accounts-show', ['accounts', 'settings', 'UK', '--lead-time', 'none'], 'lead time'],
  ['accounts-test', ['accounts', 'test', 'UK'], 'marketplaces'],
  ['limits', ['limits', 'UK'], 'patchListingsItem'],
  ['limits-drain', ['limits', 'UK', 'drain', '--confirm'], 'TOKENS LOST'],
  ['exposure', ['exposure', 'UK'], 'can be oversold'],
  ['exposure', ['exposure', 'list', '--page-size', '5'], 'can be oversold'],
  ['items-list', ['items', 'list'], 'Cup, blue'],
  ['items-show', ['items', 'show', 'CUP'], 'Cup, blue'],
  ['locations-list', ['locations', 'list'], 'Default'],
  ['locations-map', ['locations', 'map', 'UK', 'Default', '--orders', 'Default'], 'sells the stock of Default'],
  ['stock-show', ['stock', 'show', 'CUP'], 'AVAILABLE'],
  ['stock-history', ['stock', 'history', 'CUP'], 'CAUSE'],
  ['stock-history', ['stock', 'history', 'CUP', '--csv'], 'at,kind,location,on_hand_before'],
  ['stock-incidents', ['stock', 'incidents', 'CUP'], '(none)'],
  ['stock-transfer-list', ['stock', 'transfer', 'list'], '(none)'],
  ['mapping-list', ['mapping', 'list', 'UK'], '1 linked + 1 unlinked'],
  ['mapping-refresh', ['mapping', 'refresh', 'UK'], 'report'],
  ['why', ['why', 'UK', 'CUP'], 'wants 4'],
  ['why', ['why', 'UK', 'JUG'], 'closed: linked'],
  ['sync-status', ['sync', 'status', 'UK'], 'orders covered until'],
  ['sync-dry-run', ['sync', 'dry-run', 'UK'], 'to switch it on'],
  ['change-preview', ['accounts', 'settings', 'UK', '--max-listed', '2', '--dry-run'], 'changes apply'],
  ['change-preview', ['locations', 'map', 'UK', 'Default', '--dry-run'], 'it is so already'],
  ['change-preview', ['mapping', 'link', 'UK', 'JUG', 'JUG', '--dry-run'], 'item'],
  ['change-preview', ['mapping', 'rules', 'UK', 'CUP', '--end-when', '9', '--dry-run'], '--zeros zeros-1-'],
  ['change-preview', ['conflicts', 'resolve', 'UK', '--policy', 'hold'], 'policy'],
  ['changes-list', ['changes', 'list', 'UK'], 'locations'],
  ['mapping-rules', ['mapping', 'rules', 'UK'], '(none)'],
  ['mapping-rules', ['mapping', 'rules', 'UK', 'JUG', '--lead-time', 'none'], 'MAX LISTED'],
  ['conflicts-list', ['conflicts', 'list'], '(none)'],
  ['conflicts-remedy', ['conflicts', 'remedy', 'UK'], 'new_channel_sku'],
  ['sync-force-update', ['sync', 'force-update', 'UK', '--confirm'], 'considered again'],
  ['sync-resend', ['sync', 'resend', 'UK', 'CUP'], 'goes out again'],
  ['accounts-list', ['sync', 'pause', 'UK'], 'writes to zero still pass'],
  ['accounts-show', ['accounts', 'show', 'UK'], 'since'],
  ['accounts-list', ['sync', 'resume', '--all'], 'sends again'],
  ['orders-list', ['orders', 'list', '--account', 'UK', '--state', 'open'], '1 × CUP'],
  ['orders-sync', ['orders', 'sync', 'UK'], 'orders read'],
  ['orders-quarantine', ['orders', 'quarantine'], '(none)'],
  ['reports-status', ['reports', 'status', 'UK'], 'GET_MERCHANT_LISTINGS_ALL_DATA'],
  ['diagnose', ['diagnose', 'UK'], 'Looked at'],
  ['log', ['log', 'UK', '--class', 'accepted', '--page-size', '2'], 'more: --page-token'],
  ['log', ['log', '--operation', 'confirmShipment', '--since', '2020-01-01T00:00:00Z'], '(none)'],
  ['accounts-authorise', ['accounts', 'authorise', 'UK', '--website', '--no-wait'], '/apps/authorize/consent'],
  ['feeds-list', ['feeds', 'list'], '(none)'],
  ['feeds-amazon', ['feeds', 'amazon', 'UK'], 'a feed takes'],
  ['feeds-allow', ['feeds', 'allow', 'UK'], 'no feeds were stopped'],
  ['feeds-quiet-hours', ['feeds', 'quiet-hours', 'UK', '22:00-06:00'], 'begins within 22:00-06:00'],
  ['feeds-quiet-hours', ['feeds', 'quiet-hours', 'UK'], 'begins within 22:00-06:00'],
  ['feeds-quiet-hours', ['feeds', 'quiet-hours', 'UK', 'none'], 'at any time'],
])('%s: the answer of `%j` is as its schema says, and a table for people', async (schema, args, words) => {
  const { status, out, err } = await lockstep(['--json', ...args])
  const people = await lockstep(args)

  expect({ status, err }).toEqual({ status: 0, err: '' })
  expect(problemsOf(schema, JSON.parse(out))).toEqual([])
  expect(people).toMatchObject({ status: 0, err: '', out: expect.stringContaining(words) })
  expect(people.out).not.toMatch(/undefined|NaN|\[object|null/)
})

test('commands that change something answer as their schemas say', async () => {
  const csv = join(folder.path, 'items.csv')
  writeFileSync(csv, '\uFEFFsku,title,on_hand,location\nPLATE,"Plate, white",12,Default\nCUP,"Cup, blue",,\n')
  expect(problemsOf('items-show', await answered('items', 'add', 'POT', '--title', 'Pot'))).toEqual([])
  expect(problemsOf('locations-show', await answered('locations', 'add', 'Barn', '--kind', 'third-party'))).toEqual([])
  expect(problemsOf('stock-write', await answered('stock', 'set', 'POT', '3', '--note', 'counted'))).toEqual([])
  expect(problemsOf('stock-write', await answered('stock', 'adjust', 'POT', '-2'))).toEqual([])
  expect(problemsOf('mapping-link', await answered('mapping', 'link', 'UK', 'JUG', 'JUG'))).toEqual([])
  expect(problemsOf('mapping-link', await answered('mapping', 'unlink', 'UK', 'JUG'))).toEqual([])

  expect(problemsOf('mapping-rules', await answered('mapping', 'rules', 'UK', 'CUP', '--max-listed', '3'))).toEqual([])
  expect(problemsOf('mapping-rules', await answered('mapping', 'rules', 'UK', 'CUP', '--max-listed', 'none'))).toEqual(
    [],
  )
  const all = await answered('mapping', 'link-all', 'UK')
  expect(problemsOf('change-preview', all)).toEqual([])
  expect(all).toMatchObject({ values: [{ channel_sku: 'JUG', name: 'item', from: null, to: 'JUG' }] })
  expect(await answered('changes', 'apply', confirmationOf(all))).toMatchObject({ change: expect.any(String) })
  expect((await lockstep(['mapping', 'list', 'UK'])).out).toContain('2 linked + 0 unlinked')
  const exported = await answered('mapping', 'export', 'UK', pathOf('links.csv'))
  expect(problemsOf('file-export', exported)).toEqual([])
  expect(readFileSync(pathOf('links.csv'), 'utf8')).toMatch(/^\uFEFFchannel_sku,item,asin[^]*\nJUG,JUG,/)
  expect((await lockstep(['mapping', 'import', 'UK', pathOf('links.csv')])).out).toContain('it is so already')
  writeFileSync(pathOf('links.csv'), 'channel_sku,item\nCUP,\nNOPE,CUP\nJUG,nothing\n')
  const links = await lockstep(['--json', 'mapping', 'import', 'UK', pathOf('links.csv')])
  expect(JSON.parse(links.err)).toMatchObject({
    error: { message: expect.stringContaining('2 of 2 links refused, nothing was changed; line 3 (NOPE)') },
  })
  expect(await answered('changes', 'undo', 'UK')).toMatchObject({ undone: expect.any(String) })
  const rules = join(folder.path, 'rules.csv')
  writeFileSync(rules, 'channel_sku,max_listed\nCUP,2\nJUG,none\n')
  expect(problemsOf('change-preview', await answered('mapping', 'rules', 'UK', '--file', rules, '--dry-run'))).toEqual(
    [],
  )
  const same = await answered('locations', 'map', 'UK', 'Default', '--dry-run')
  const nothing = await answered('changes', 'apply', confirmationOf(same))
  expect(problemsOf('changes-apply', nothing)).toEqual([])
  expect(nothing).toMatchObject({ change: null, listings: 0 })
  expect((await lockstep(['changes', 'apply', confirmationOf(same)])).out).toBe(
    'UK is so already: nothing was changed\n',
  )
  const shown = await answered('accounts', 'settings', 'UK', '--max-listed', '2', '--dry-run')
  expect(problemsOf('changes-apply', await answered('changes', 'apply', confirmationOf(shown)))).toEqual([])
  expect(problemsOf('changes-undo-preview', await answered('changes', 'undo', 'UK', '--dry-run'))).toEqual([])
  expect((await lockstep(['changes', 'undo', 'UK', '--dry-run'])).out).toMatch(
    /^would take back chg_\w+ by \S+ at \S+: max_listed – → 2\n[^]*to do it: lockstep changes undo UK chg_/,
  )
  expect(problemsOf('changes-apply', await answered('changes', 'undo', 'UK'))).toEqual([])
  expect(await lockstep(['changes', 'undo', 'UK'])).toMatchObject({
    err: expect.stringContaining('is an undo already'),
  })

  const imported = await answered('items', 'import', csv)

  expect(problemsOf('items-import', imported)).toEqual([])
  expect(imported).toEqual({ created: 1, updated: 0, unchanged: 1 })
  expect(await answered('stock', 'show', 'POT')).toMatchObject({ totals: { on_hand: 1, available: 1 } })
  expect(await answered('stock', 'show', 'PLATE')).toMatchObject({
    item: { title: 'Plate, white' },
    totals: { on_hand: 12 },
  })
})

test('[S002-24] [S002-35] items come from listings as Amazon has them: those that are there stay, and linking is shown first', async () => {
  const marketplaceId = 'A1F83G8C2ARO7P'
  const asin = 'B0FRESH001'
  await stack.sim.putListing({
    sellerId,
    sku: 'FRESH',
    marketplaceId,
    asin,
    title: 'Fresh cup',
    price: { amount: '3.50', currency: 'GBP' },
    quantity: 6,
  })
  await answered('mapping', 'refresh', 'UK')
  await eventually(async () => expect((await lockstep(['mapping', 'list', 'UK'])).out).toContain('FRESH'))

  const shown = await answered('mapping', 'create-all', 'UK', '--dry-run')
  const before = await lockstep(['items', 'show', 'FRESH'])
  const one = await answered('mapping', 'create-item', 'UK', 'FRESH')
  const all = await answered('mapping', 'create-all', 'UK')

  for (const answer of [shown, one, all]) expect(problemsOf('mapping-create', answer)).toEqual([])
  expect(shown).toMatchObject({
    dry_run: true,
    items: expect.arrayContaining([{ sku: 'FRESH', outcome: 'created', message: null }]),
  })
  expect(before.status).toBe(1)
  expect(one).toMatchObject({ created: 1, existing: 0, refused: 0 })
  expect(all).toMatchObject({
    created: 0,
    items: expect.arrayContaining([{ sku: 'FRESH', outcome: 'existing', message: null }]),
  })
  expect(await answered('items', 'show', 'FRESH')).toMatchObject({
    item: { title: 'Fresh cup', retail_price: { minor: 350, currency: 'GBP' }, tax_rate: -1, weight_grams: 0 },
  })
  expect(await answered('stock', 'show', 'FRESH')).toMatchObject({ totals: { on_hand: 6 } })
  const links = await answered('mapping', 'link-all', 'UK')
  expect(links).toMatchObject({
    values: expect.arrayContaining([expect.objectContaining({ channel_sku: 'FRESH', to: 'FRESH' })]),
  })
})

test('[B6] items, kits and their files: what is exported comes back unchanged, formulas and all', async () => {
  const holds = async (schema: string, ...args: string[]) => {
    const answer = await answered(...args)
    expect(problemsOf(schema, answer)).toEqual([])
    return answer
  }
  await answered('items', 'add', "'=SUM(1)", '--title', '=cmd|calc')
  for (const sku of ['BOX', 'BULB', 'LAMP-KIT']) await answered('items', 'add', sku)
  const details = [
    '--retail-price',
    '9.99 GBP',
    '--tax-rate',
    '20',
    '--property',
    'Despatch Time=3',
    '--if-version',
    '1',
  ]
  expect(await holds('items-set', 'items', 'set', 'BOX', ...details)).toMatchObject({
    item: { version: 2, retail_price: { minor: 999, currency: 'GBP' }, tax_rate: 20 },
  })
  const second = await lockstep(['--json', 'items', 'set', 'BOX', '--title', 'Mine', '--if-version', '1'])
  expect(JSON.parse(second.err)).toMatchObject({ error: { code: 'ITEM_CHANGED' } })
  await answered('stock', 'set', 'BOX', '9')
  await answered('stock', 'set', 'BULB', '8')
  await holds('items-kit', 'items', 'kit', 'LAMP-KIT', '--component', 'BOX=1', 'BULB=3')
  expect(await answered('stock', 'show', 'LAMP-KIT')).toMatchObject({ item: { kit: true }, totals: { available: 2 } })
  await holds('items-kits', 'items', 'kits')
  expect(await holds('items-show', 'items', 'show', 'BULB')).toMatchObject({
    item: { needed_by: [{ sku: 'LAMP-KIT' }] },
  })

  const items = await holds('file-export', 'items', 'export', pathOf('items-out.csv'))
  const levels = await holds('file-export', 'stock', 'export', pathOf('levels-out.csv'))
  const itemsBack = await holds('items-import-preview', 'items', 'import', '--preview', pathOf('items-out.csv'))
  const levelsBack = await holds('stock-import-preview', 'stock', 'import', '--preview', pathOf('levels-out.csv'))

  expect(itemsBack).toMatchObject({
    lines: lineCount(items),
    created: 0,
    updated: 0,
    refused: 0,
    bad_lines: [],
    changes: [],
  })
  expect(levelsBack).toMatchObject({ lines: lineCount(levels), changed: 0, refused: 0, changes: [] })
  expect(await answered('items', 'import', pathOf('items-out.csv'))).toMatchObject({ created: 0, updated: 0 })
  expect(readFileSync(pathOf('items-out.csv'), 'utf8')).toMatch(/''=SUM\(1\),'=cmd\|calc,/)
  writeFileSync(pathOf('count.csv'), 'sku;on_hand\nBULB;6\nLAMP-KIT;4\nBOX;1e3\n')
  expect(
    await holds('stock-import-preview', 'stock', 'import', '--preview', '--delimiter', ';', pathOf('count.csv')),
  ).toMatchObject({
    changed: 1,
    changes: [{ item: 'BULB', changes: [{ field: 'on_hand in Default', from: '8', to: '6' }] }],
    bad_lines: [{ line: 3, message: expect.stringContaining('is a kit') }, { line: 4 }],
  })
  writeFileSync(pathOf('count.csv'), 'sku,on_hand\nBULB,3\n')
  await holds('stock-import', 'stock', 'import', pathOf('count.csv'))
  await eventually(async () => {
    expect(await answered('stock', 'show', 'LAMP-KIT')).toMatchObject({ totals: { available: 1 } })
  })
  const dissolving = ['items', 'kit', 'LAMP-KIT', '--dissolve']
  const shown = await holds('items-kit-preview', ...dissolving, '--dry-run')
  expect(shown).toMatchObject({
    item: { sku: 'LAMP-KIT' },
    values: [
      { name: 'components', from: '1 × BOX, 3 × BULB', to: null },
      { name: 'available in Default', from: '1', to: '0' },
    ],
    undo: 'lockstep items kit LAMP-KIT --component BOX=1 BULB=3',
    command: `lockstep items kit LAMP-KIT --dissolve --confirm ${confirmationOf(shown)}`,
  })
  expect((await lockstep([...dissolving, '--dry-run'])).out).toContain('to take it back then: lockstep items kit')
  expect(await holds('items-kit', ...dissolving, '--confirm', confirmationOf(shown))).toMatchObject({
    kit: { kit: false, components: [] },
  })
})

test('[S004-56] a channel price of an item reaches its listing on Amazon, by hand and by file', async () => {
  const file = join(folder.path, 'prices.csv')
  expect(problemsOf('prices-follow', await answered('prices', 'follow', 'UK', 'on'))).toEqual([])

  expect(problemsOf('prices-set', await answered('prices', 'set', 'UK', 'CUP', '7.25 GBP'))).toEqual([])
  await eventually(async () => expect(await cupPrice()).toBe('7.25'))
  const foreign = await lockstep(['prices', 'set', 'UK', 'CUP', '9.99 EUR'])
  expect(foreign).toMatchObject({ status: 2, err: expect.stringContaining('UK sells in GBP') })
  writeFileSync(file, 'sku,price,currency\nCUP,6.50,GBP\nJUG,"1,5",GBP\n')
  const preview = await answered('prices', 'import', '--preview', 'UK', file)
  writeFileSync(file, 'sku,price,currency\nCUP,6.50,GBP\n')
  await answered('prices', 'import', 'UK', file)

  await eventually(async () => expect(await cupPrice()).toBe('6.50'))
  expect(preview).toMatchObject({ changed: 1, refused: 1, bad_lines: [{ line: 3, item: 'JUG' }] })
  expect(problemsOf('stock-import-preview', preview)).toEqual([])
  expect(problemsOf('prices-list', await answered('prices', 'list', '--account', 'UK'))).toEqual([])
  expect((await lockstep(['prices', 'list'])).out).toMatch(/CUP +UK +6\.50 GBP/)
  const status = await answered('prices', 'status', 'UK', '--item', 'CUP')
  expect(problemsOf('prices-status', status)).toEqual([])
  expect(status).toMatchObject({
    price_change: true,
    changes: [{ sku: 'CUP', state: 'handed_on', price: { minor: 650 } }],
  })
})

const pathOf = (name: string): string => join(folder.path, name)

async function cupPrice(): Promise<string | undefined> {
  const { offers } = await stack.sim.listing(sellerId, 'CUP')
  return offers[0]?.price?.amount
}

const lineCount = (answer: unknown): unknown => Reflect.get(Object(answer), 'lines')

test('goods on their way, and more sold than there is, are shown as the schemas say', async () => {
  await answered('locations', 'add', 'Shop')
  await answered('items', 'add', 'VASE')
  await answered('stock', 'adjust', 'VASE', '+3', '--kind', 'receipt', '--reference', 'PO-1')

  const sent = await answered('stock', 'transfer', 'send', 'Default', 'Shop', 'VASE=2')
  const shown = await answered('stock', 'show', 'VASE')

  expect(problemsOf('stock-transfer', sent)).toEqual([])
  expect(problemsOf('stock-show', shown)).toEqual([])
  const { transfer } = sent as { transfer: { id: string } }
  expect(shown).toMatchObject({ totals: { on_hand: 1 }, in_flight: [{ transfer: transfer.id, quantity: 2 }] })
  expect((await lockstep(['stock', 'show', 'VASE'])).out).toContain('on its way: 2 from Default to Shop')
  for (const args of [
    ['receive', transfer.id, 'VASE=1'],
    ['show', transfer.id],
    ['cancel', transfer.id],
  ]) {
    expect(problemsOf('stock-transfer', await answered('stock', 'transfer', ...args))).toEqual([])
  }
  expect(problemsOf('stock-transfer-list', await answered('stock', 'transfer', 'list'))).toEqual([])
  expect(await answered('stock', 'show', 'VASE')).toMatchObject({ totals: { on_hand: 3 }, in_flight: [] })
})

test('an import of several batches with one bad line in its last writes nothing, and names the line of the file', async () => {
  const csv = join(folder.path, 'many.csv')
  const rows = Array.from({ length: 1_200 }, (_, at) => `BULK-${String(at)},1`)
  writeFileSync(csv, ['sku,on_hand', ...rows, 'LAST,-1', 'BULK-3,1', ''].join('\n'))

  const refused = await lockstep(['--json', 'items', 'import', csv])
  const first = await lockstep(['items', 'show', 'BULK-0'])
  writeFileSync(csv, ['sku,on_hand', ...rows, ''].join('\n'))
  const good = await lockstep(['--json', 'items', 'import', csv])

  expect(problemsOf('error', JSON.parse(refused.err))).toEqual([])
  expect(JSON.parse(refused.err)).toMatchObject({
    error: {
      code: 'LINES_REFUSED',
      message: expect.stringContaining('2 of 1202 lines refused, nothing was written; line 1202 (LAST): on-hand -1'),
      lines: [
        { line: 1202, item: 'LAST' },
        { line: 1203, item: 'BULK-3', message: expect.stringContaining('by line 5 already') },
      ],
    },
  })
  expect(first.err).toContain('ITEM_UNKNOWN')
  expect(JSON.parse(good.out)).toEqual({ created: 1_200, updated: 0, unchanged: 0 })
})

test('a file of changes is handed in, shown, paused, gone on with and cancelled as the schemas say', async () => {
  const csv = join(folder.path, 'changes.csv')
  writeFileSync(csv, 'sku,title,price\nCUP,"Cup, red",4.50\n')

  const submitted = await answered('feeds', 'submit', 'UK', csv, '--quiet-hours', farHours(), '--note', 'spring')

  expect(problemsOf('feeds-job', submitted)).toEqual([])
  const { job } = submitted as { job: { id: string } }
  for (const verb of ['pause', 'resume', 'cancel']) {
    expect(problemsOf('feeds-job', await answered('feeds', verb, job.id))).toEqual([])
  }
  const shown = await answered('feeds', 'show', job.id)
  expect(problemsOf('feeds-show', shown)).toEqual([])
  expect(shown).toMatchObject({ job: { state: 'cancelled', skipped: 1 }, lines: [{ channel_sku: 'CUP' }] })
  expect(problemsOf('feeds-list', await answered('feeds', 'list', 'UK'))).toEqual([])
  expect((await lockstep(['feeds', 'show', job.id])).out).toMatch(/progress +0 of 1 \(0 %\)/)
})

test('whoever takes quiet hours away is told which', async () => {
  await lockstep(['feeds', 'quiet-hours', 'UK', '22:00-06:00'])

  expect((await lockstep(['feeds', 'quiet-hours', 'UK', 'none'])).out).toContain('22:00-06:00 no longer holds')
})

/** Quiet hours that are never now. */
function farHours(): string {
  const hour = String((new Date().getUTCHours() + 12) % 24).padStart(2, '0')
  return `${hour}:00-${hour}:30`
}

test('[B12] [B14] locations are renamed and removed, and an order is moved, as the schemas say', async () => {
  await answered('locations', 'add', 'Loft')
  expect(problemsOf('locations-show', await answered('locations', 'rename', 'Loft', 'Attic'))).toEqual([])
  await answered('stock', 'set', 'CUP', '3', '--location', 'Attic')

  const moved = await answered('orders', 'move', orderId, 'Attic')

  expect(problemsOf('orders-move', moved)).toEqual([])
  expect(await answered('orders', 'show', orderId)).toMatchObject({ order: { location: { name: 'Attic' } } })
  const inUse = await lockstep(['locations', 'remove', 'Attic'])
  expect(inUse).toMatchObject({ status: 1, err: expect.stringContaining('CUP: 3 on hand, 1 reserved') })
  await answered('locations', 'map', 'UK', 'Default', 'Attic')
  // Its goods keep it until inventory has heard of the account.
  await eventually(async () => {
    expect((await lockstep(['locations', 'remove', 'Attic'])).err).toContain('account UK sells its stock')
  })
  await answered('orders', 'move', orderId, 'Default')
  await answered('stock', 'set', 'CUP', '0', '--location', 'Attic')
  expect((await lockstep(['locations', 'remove', 'Attic'])).err).toContain('account UK sells its stock')
  await answered('locations', 'map', 'UK', 'Default')
  await eventually(async () => {
    expect(problemsOf('locations-show', await answered('locations', 'remove', 'Attic'))).toEqual([])
  })
  expect((await lockstep(['locations', 'remove', 'Default'])).err).toContain('LOCATION_IS_DEFAULT')
})

test('an order is shown, processed and told about as the schemas say', async () => {
  expect(problemsOf('orders-show', await answered('orders', 'show', orderId))).toEqual([])

  expect(problemsOf('orders-process', await answered('orders', 'process', orderId, ...parcel))).toEqual([])

  await eventually(async () =>
    expect((await lockstep(['orders', 'audit', orderId])).out).toContain('Order Despatch Submitted'),
  )
  expect(problemsOf('orders-show', await answered('orders', 'show', orderId))).toEqual([])
  expect(problemsOf('orders-audit', await answered('orders', 'audit', orderId))).toEqual([])
  const shown = await lockstep(['orders', 'show', orderId])
  expect(shown.out).toMatch(/Royal Mail.*RM1/)
  const again = await lockstep(['orders', 'process', orderId, ...parcel])
  expect(again).toMatchObject({ status: 1, out: '', err: expect.stringMatching(/\(NOTHING_OPEN\)\nnext: /) })
})

test('draining the limits without a yes is refused with what it costs', async () => {
  const refused = await lockstep(['--json', 'limits', 'UK', 'drain'])

  expect(refused).toMatchObject({ status: 1, out: '' })
  expect(JSON.parse(refused.err)).toMatchObject({
    error: {
      code: 'CONFIRMATION_NEEDED',
      message: expect.stringMatching(/\d+ buckets give up \d+ tokens; the longest wait is [\d.]+ s, for \w+/),
      next_step: expect.stringContaining('lockstep limits UK drain --confirm'),
    },
  })
  expect((await lockstep(['limits', 'UK', 'empty'])).status).toBe(2)
})

test('[S002-12] Force Update without a yes is refused with its warning and how long it takes', async () => {
  const refused = await lockstep(['--json', 'sync', 'force-update', 'UK'])

  expect(refused).toMatchObject({ status: 1, out: '' })
  expect(JSON.parse(refused.err)).toMatchObject({
    error: {
      code: 'CONFIRMATION_NEEDED',
      message: expect.stringMatching(/1 linked listings .* up to \d+ s .* throttled by Amazon/),
      next_step: expect.stringContaining('sync force-update UK --confirm'),
    },
  })
})

test('a refusal is one document on standard error with exit code 1', async () => {
  const refused = await lockstep(['--json', 'stock', 'set', 'NOPE', '1'])

  expect(refused).toMatchObject({ status: 1, out: '' })
  expect(problemsOf('error', JSON.parse(refused.err))).toEqual([])
  expect(JSON.parse(refused.err)).toMatchObject({ error: { code: 'ITEM_UNKNOWN', field: 'item', value: 'NOPE' } })
})

test('a moment before the first record is refused with the first moment that is known', async () => {
  const refused = await lockstep(['why', 'UK', 'CUP', '--at', '2020-01-01T00:00:00Z'])

  expect(refused).toMatchObject({
    status: 1,
    out: '',
    err: expect.stringMatching(/^nothing is known of "CUP" before 20\d\d-.*Z \(BEFORE_FIRST_RECORD\)\nnext: /),
  })
})

test('the same idempotency key gets the first answer, and nothing is done twice', async () => {
  const key = ['--idempotency-key', 'delivery-17']
  const first = await answered('stock', 'adjust', 'JUG', '+3', ...key)
  await answered('stock', 'adjust', 'JUG', '+1')

  const repeated = await answered('stock', 'adjust', 'JUG', '+3', ...key)

  expect(repeated).toEqual(first)
  expect(await answered('stock', 'show', 'JUG')).toMatchObject({ totals: { on_hand: 9 } })
})

test('a token comes from a file or from standard input, and neither the command nor its answer holds it', async () => {
  const token = join(folder.path, 'token')
  writeFileSync(token, 'Atzr|second\n')
  const account = ['accounts', 'add', '--seller', 'A1SECOND001', '--marketplace', 'UK', '--name', 'SECOND']

  const added = await stack.cli(...account, '--token-file', token)
  const authorised = await stack.cliWithInput('Atzr|second\n', 'accounts', 'authorise', 'SECOND')

  for (const answer of [added, authorised]) {
    expect(answer).toMatchObject({ status: 0, stderr: '' })
    expect(problemsOf('accounts-show', answer.json)).toEqual([])
    expect(answer.stdout).not.toContain('Atzr|')
  }
  expect(await answered('accounts', 'test', 'SECOND')).toMatchObject({ ok: true })
})

test('[S003-33] [S003-34] an MWS connection is recorded without a token, and told apart with its remedy', async () => {
  const old = ['accounts', 'add', '--seller', 'A1OLDMWS01', '--marketplace', 'UK', '--name', 'OLD', '--legacy-mws']
  const added = await answered(...old)

  expect(problemsOf('accounts-show', added)).toEqual([])
  expect(added).toMatchObject({ account: { api: 'MWS', connection_detail: expect.stringMatching(/afresh by SP-API/) } })
  const diagnosed = await answered('diagnose', 'OLD')
  expect(problemsOf('diagnose', diagnosed)).toEqual([])
  expect(diagnosed).toMatchObject({ findings: [{ class: 'legacy_connection', urgency: 'act' }] })
  expect((await lockstep(['accounts', 'list'])).out).toContain('MWS: closed')
})

test('[T-69] why says what keeps a number that waits from Amazon, and the one next step', async () => {
  await stack.sim.addFault({ match: { sellerId }, action: 'revoke' })
  await answered('stock', 'adjust', 'CUP', '+2')

  await eventually(async () => {
    const { out } = await lockstep(['why', 'UK', 'CUP'])
    expect(out).toMatch(/authorisation_revoked: .*\n +next step: authorise the account again/)
  })
  expect((await lockstep(['accounts', 'list'])).out).toContain('reauthorise')
})

test('stock is shown when the connector is down; without inventory the command names it, and a change says how it is repeated', async () => {
  await stack.kill('channel-connector')
  const shown = await answered('stock', 'show', 'CUP')
  const people = await lockstep(['stock', 'show', 'CUP'])

  await stack.kill('inventory')
  const down = await stack.cli('stock', 'show', 'CUP')
  const change = await stack.cli('stock', 'adjust', 'CUP', '+1')

  expect(problemsOf('stock-show', shown)).toEqual([])
  expect(shown).toMatchObject({ listings: null })
  expect(people.out).toContain('the channel connector is not answering')
  expect(down).toMatchObject({ status: 3, stdout: '' })
  expect(problemsOf('error', JSON.parse(down.stderr))).toEqual([])
  expect(JSON.parse(down.stderr)).toMatchObject({
    error: {
      code: 'SERVICE_DOWN',
      message: `inventory does not answer at ${stack.address('inventory')}; other services do`,
      idempotency_key: null,
    },
  })
  expect(change.status).toBe(3)
  const { error } = JSON.parse(change.stderr) as { error: { idempotency_key: string; next_step: string } }
  expect(error.idempotency_key).toMatch(/^[0-9a-f-]{36}$/)
  expect(error.next_step).toContain(`--idempotency-key ${error.idempotency_key}`)
})

function confirmationOf(shown: unknown): string {
  expect(shown).toMatchObject({ confirmation: expect.any(String) })
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- expected so a line above
  return (shown as { confirmation: string }).confirmation
}

async function answered(...args: readonly string[]): Promise<unknown> {
  const { status, out, err } = await lockstep(['--json', ...args])
  expect({ status, err }).toMatchObject({ status: 0 })
  return JSON.parse(out)
}

async function lockstep(args: readonly string[]): Promise<{ status: number; out: string; err: string }> {
  const written = { out: '', err: '' }
  const status = await runCli(args, {
    env: {
      INVENTORY_ADDRESS: stack.address('inventory'),
      CHANNEL_CONNECTOR_ADDRESS: stack.address('channel-connector'),
      ORDER_DOWNLOAD_ADDRESS: stack.address('order-download'),
      REPORT_ADDRESS: stack.address('report'),
      DESPATCH_ADDRESS: stack.address('despatch'),
    },
    user: 'tester',
    stdin: Readable.from([]),
    out: (text) => (written.out += text),
    err: (text) => (written.err += text),
  })
  return { status, ...written }
}
