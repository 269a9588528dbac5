import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Account } from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import {
  ListingFilter,
  type ListListingsResponse,
} from '@lockstep/contracts/generated/lockstep/channel/v1/mapping_service.ts'
import { ReportState } from '@lockstep/contracts/generated/lockstep/report/v1/report_service.ts'
import { call } from '@lockstep/rpc/client'
import { eventually } from '@lockstep/testkit/eventually'
import { aReport } from '../../test/peer-servers.ts'
import { aKey, asking, refusedWith, serviceStage, type ServiceStage } from '../../test/service-stage.ts'

let stage: ServiceStage

beforeAll(async () => {
  stage = await serviceStage()
})
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

type ListingQuery = Partial<{
  filter: ListingFilter
  search: string
  page: { size: number; token: string }
}>
const list = (account: Account, more: ListingQuery = {}): Promise<ListListingsResponse> =>
  call(
    stage.mapping,
    'listListings',
    { account: account.id, filter: ListingFilter.UNSPECIFIED, search: '', page: undefined, ...more },
    asking,
  )

const linkWith = (idempotencyKey: string, account: Account, listing: { channelSku: string; item: string }) =>
  call(stage.mapping, 'linkListing', { idempotencyKey, account: account.id, ...listing }, asking)
const link = (account: Account, channelSku: string, item: string) => linkWith(aKey(), account, { channelSku, item })

const unlink = (account: Account, channelSku: string) =>
  call(stage.mapping, 'unlinkListing', { idempotencyKey: aKey(), account: account.id, channelSku }, asking)

const refresh = (account: string, idempotencyKey = aKey()) =>
  call(stage.mapping, 'refreshListings', { idempotencyKey, account }, asking)

/** An item that inventory knows. */
function givenItem(sku: string) {
  const item = { id: `itm_${stage.peers.items.length + 1}`, sku }
  stage.peers.items.push(item)
  return item
}

const eventsOf = (listingId: string | undefined) =>
  stage.events.filter(({ subject }) => subject.endsWith(`.${listingId}`)).map(({ subject }) => subject.split('.')[4])

test('[S002-4] [S002-10] [S002-18] [S002-19] listings come from the report, with totals and its state', async () => {
  const account = await stage.givenAccount('B1LIST')
  await stage.givenReport(account, [
    { sku: 'b-2', title: 'Tent' },
    { sku: 'a-1', title: 'Lamp' },
    { sku: 'fba-1', channel: 'AMAZON_EU' },
    { sku: 'idle', status: 'Inactive', quantity: '0' },
  ])

  const answer = await list(account)

  expect(answer).toMatchObject({ accountId: account.id, accountName: account.name, active: 3, linked: 0, unlinked: 3 })
  expect(answer.reportState).toBe('Processed')
  expect(answer.listings).toMatchObject([
    { channelSku: 'a-1', title: 'Lamp', asin: 'B000000001', marketplace: 'UK', fba: false, active: true, itemId: '' },
    { channelSku: 'b-2', title: 'Tent' },
    { channelSku: 'fba-1', fba: true, ignoreSync: true },
    { channelSku: 'idle', active: false, state: 'gated', reason: 'linked' },
  ])
  expect((await list(account, { search: 'TENT' })).listings.map(({ channelSku }) => channelSku)).toEqual(['b-2'])
})

test('a SKU that lost characters is skipped; one that cannot be addressed stays visible and cannot be linked', async () => {
  const account = await stage.givenAccount('B1ODD')
  const item = givenItem('ODD')
  const long = 'x'.repeat(41)
  await stage.givenReport(account, [{ sku: 'CAF\uFFFD' }, { sku: '.' }, { sku: long }, { sku: 'good' }])

  expect((await list(account)).listings.map(({ channelSku }) => channelSku)).toEqual(['.', 'good', long])
  for (const [sku, value] of [
    ['.', '.'],
    [long, long],
    ['', ''],
  ] as const) {
    expect(await refusedWith(link(account, sku, item.id))).toMatchObject({
      reason: 'CHANNEL_SKU_INVALID',
      field: 'channel_sku',
      value,
    })
  }
})

test('[S002-22] [S002-46] a link replaces the link before, is announced, and can be taken away', async () => {
  const account = await stage.givenAccount('B1LINK')
  await call(
    stage.accounts,
    'mapLocations',
    { idempotencyKey: aKey(), account: account.id, locations: ['Default'], orderLocation: '' },
    asking,
  )
  const [one, two] = [givenItem('LINK-1'), givenItem('LINK-2')]
  await stage.givenReport(account, [{ sku: 'LINK-1' }])

  const first = await link(account, 'LINK-1', 'LINK-1')
  const second = await link(account, 'LINK-1', two.id)
  expect(first).toMatchObject({ listing: { itemId: one.id, itemSku: 'LINK-1' }, warnings: [] })
  expect(second.listing).toMatchObject({ itemId: two.id, itemSku: 'LINK-2' })
  expect(await list(account)).toMatchObject({ active: 1, linked: 1, unlinked: 0 })
  const found = await call(stage.mapping, 'listListingsOfItem', { itemId: two.id }, asking)
  expect(found.listings).toMatchObject([{ channelSku: 'LINK-1', accountId: account.id }])

  const gone = await unlink(account, 'LINK-1')
  expect(gone.listing).toMatchObject({ itemId: '', itemSku: '' })
  expect((await refusedWith(unlink(account, 'LINK-1'))).reason).toBe('LISTING_UNLINKED')
  await eventually(() => expect(eventsOf(first.listing?.id)).toEqual(['linked', 'linked', 'unlinked']))
  const [announced] = stage.events.filter(({ subject }) => subject.endsWith(`.${first.listing?.id}`))
  expect(announced?.payload).toMatchObject({
    accountId: account.id,
    connectionId: account.connectionId,
    marketplaceId: account.marketplaceId,
    channelSku: 'LINK-1',
    itemId: one.id,
    itemSku: 'LINK-1',
    orderLocationId: 'loc_default',
    cause: { kind: 'linked', actor: 'tester' },
  })
})

test('a repeated link answers as the first one did and is announced once', async () => {
  const account = await stage.givenAccount('B1REPEAT')
  givenItem('REPEAT')
  await stage.givenReport(account, [{ sku: 'REPEAT' }])
  const key = aKey()

  const first = await linkWith(key, account, { channelSku: 'REPEAT', item: 'REPEAT' })
  const again = await linkWith(key, account, { channelSku: 'REPEAT', item: 'REPEAT' })
  await link(account, 'REPEAT', 'REPEAT')
  const sentinel = await stage.givenAccount('B1SENTINEL')

  expect(again).toEqual(first)
  await eventually(() => expect(stage.events.some(({ subject }) => subject.endsWith(sentinel.id))).toBe(true))
  expect(eventsOf(first.listing?.id)).toEqual(['linked'])
})

test('[S002-21] bad links are refused with the field, the value and the next step', async () => {
  const account = await stage.givenAccount('B1BADLINK')
  const item = givenItem('BADLINK')
  await stage.givenReport(account, [{ sku: 'Sku-1' }, { sku: 'SKU-1 ' }])

  const unknown = await refusedWith(link(account, 'SKU-1', item.id))
  expect(unknown).toMatchObject({
    reason: 'LISTING_UNKNOWN',
    field: 'channel_sku',
    value: 'SKU-1',
    candidates: ['SKU-1 ', 'Sku-1'],
  })
  expect(unknown.message).toContain('differs only in spaces around it')
  expect(unknown.message).toContain('differs only in letter case')
  expect(unknown.nextStep).not.toBe('')
  expect(await refusedWith(link(account, 'Sku-1', 'NO-SUCH'))).toMatchObject({
    reason: 'ITEM_UNKNOWN',
    field: 'item',
    value: 'NO-SUCH',
  })
  expect((await refusedWith(link({ ...account, id: 'acc_none' }, 'Sku-1', item.id))).reason).toBe('ACCOUNT_UNKNOWN')
  expect((await refusedWith(unlink(account, 'nothing'))).reason).toBe('LISTING_UNKNOWN')
  expect((await list(account)).linked).toBe(0)
})

test('[S003-29] [S003-65] a link between SKUs that differ only in case or spaces is made, with a warning', async () => {
  const account = await stage.givenAccount('B1WARN')
  givenItem('warn-1')
  await stage.givenReport(account, [{ sku: 'WARN-1' }, { sku: 'Warn-1' }])

  const { warnings } = await link(account, 'WARN-1', 'warn-1')

  expect(warnings).toEqual([
    expect.stringContaining('differ only in letter case'),
    expect.stringContaining('also lists "Warn-1"'),
  ])
})

test('[S003-11] [S002-16] a listing that Amazon fulfils can be linked, and the answer says that nothing is sent', async () => {
  const account = await stage.givenAccount('B1FBA')
  givenItem('HYBRID')
  await stage.givenReport(account, [{ sku: 'HYBRID-FBA', channel: 'AMAZON_EU' }])

  const { listing, warnings } = await link(account, 'HYBRID-FBA', 'HYBRID')

  expect(listing).toMatchObject({ fba: true, itemSku: 'HYBRID' })
  expect(warnings).toEqual([expect.stringContaining('never sent')])
})

test.each(['A/B 1+2', 'CAFÉ-☕-1', '100% #1?&=', ' lead', 'tab-free', "it's(1)*!"])(
  'the odd SKU %s is linked byte for byte',
  async (sku) => {
    const account = await stage.givenAccount(`B1ODD${Buffer.from(sku).toString('hex').toUpperCase()}`.slice(0, 30))
    const item = givenItem(`item of ${sku}`)
    await stage.givenReport(account, [{ sku }])

    const { listing } = await link(account, sku, item.id)

    expect(listing).toMatchObject({ channelSku: sku, itemId: item.id })
    const reference = { marketplaceId: account.marketplaceId, channelSku: sku }
    const request = { connectionId: account.connectionId, references: [reference] }
    const { listings } = await call(stage.mapping, 'resolveListings', request, asking)
    expect(listings).toMatchObject([{ listingId: listing?.id, itemId: item.id }])
  },
)

test('a batch of 1,000 references is resolved, one more is refused', async () => {
  const account = await stage.givenAccount('B1BATCH')
  const references = Array.from({ length: 1001 }, (_, index) => ({
    marketplaceId: account.marketplaceId,
    channelSku: `S-${index}`,
  }))
  const resolve = (count: number) =>
    call(
      stage.mapping,
      'resolveListings',
      { connectionId: account.connectionId, references: references.slice(0, count) },
      asking,
    )

  expect((await resolve(1000)).listings).toHaveLength(1000)
  expect((await resolve(0)).listings).toEqual([])
  expect(await refusedWith(resolve(1001))).toMatchObject({
    reason: 'FIELD_INVALID',
    field: 'references',
    value: '1001',
  })
})

test('listings are paged by SKU, byte by byte', async () => {
  const account = await stage.givenAccount('B1PAGES')
  await stage.givenReport(
    account,
    ['é', 'Z', 'a', ' a', '☕'].map((sku) => ({ sku })),
  )

  const first = await list(account, { page: { size: 2, token: '' } })
  const second = await list(account, { page: { size: 3, token: first.nextPageToken } })

  expect([...first.listings, ...second.listings].map(({ channelSku }) => channelSku)).toEqual([
    ' a',
    'Z',
    'a',
    'é',
    '☕',
  ])
  expect(second.nextPageToken).toBe('')
})

test('[S002-6] [S002-7] [S002-8] [S002-15] a report is asked for once, and the words say what to expect', async () => {
  const account = await stage.givenAccount('B1REFRESH')
  await eventually(() =>
    expect(stage.peers.reportRequests.some(({ accountId }) => accountId === account.id)).toBe(true),
  )

  const answer = await refresh(account.id)

  expect(answer).toMatchObject({ reportId: 'rpt_1', state: 'Submitted' })
  expect(answer.message).toContain('10 to 15 minutes')
  expect((await list(account)).reportState).toBe('Submitted')
})

test('[S004-62] [S004-63] [S004-64] the report state is told in four words, and an older word changes nothing', async () => {
  const account = await stage.givenAccount('B1WORDS')
  await eventually(async () => expect((await list(account)).reportState).toBe('Submitted'))
  const now = Date.now()
  const at = (seconds: number) => ({ stateAt: new Date(now + seconds * 1000) })

  await stage.announceReport(aReport(account.id, { id: 'rpt_w1', state: ReportState.AVAILABLE, ...at(10) }))
  await eventually(async () => expect((await list(account)).reportState).toBe('Available'))
  await stage.announceReport(aReport(account.id, { id: 'rpt_w2', state: ReportState.FAILED, ...at(20) }))
  await eventually(async () => expect((await list(account)).reportState).toBe('Failed'))
  await stage.announceReport(aReport(account.id, { id: 'rpt_w3', state: ReportState.AVAILABLE, ...at(15) }))
  const other = aReport(account.id, { id: 'rpt_w4', reportType: 'GET_FLAT_FILE_OPEN_LISTINGS_DATA', ...at(30) })
  await stage.announceReport({ ...other, state: ReportState.AVAILABLE })
  await stage.givenReport(await stage.givenAccount('B1AFTER'), [])
  expect((await list(account)).reportState).toBe('Failed')
})

test('listings are seen within seconds of the first token and of a refresh, before any report', async () => {
  const sellerId = 'B1LOOK'
  const put = (sku: string, more: Partial<Parameters<typeof stage.sim.putListing>[0]> = {}) =>
    stage.sim.putListing({
      sellerId,
      sku,
      quantity: 3,
      marketplaceId: 'A1F83G8C2ARO7P',
      asin: 'B000000009',
      title: `Title of ${sku}`,
      ...more,
    })
  await stage.sim.putSeller({ sellerId, region: 'EU', marketplaceIds: ['A1F83G8C2ARO7P'], refreshToken: 'Atzr|B1LOOK' })
  for (let number = 1; number <= 24; number += 1) await put(`SKU-${number}`)
  await put('FBA', { fulfillmentChannel: 'AMAZON_EU' })
  await put('A,B ☕')
  await put('IDLE', { quantity: 0 })
  const account = await stage.givenAccount(sellerId)

  const seen = await eventually(async () => {
    const answer = await list(account)
    expect(answer.listings).toHaveLength(27)
    return answer
  })
  expect(seen).toMatchObject({ active: 26, linked: 0, reportState: 'Submitted' })
  expect(seen.listings.find(({ channelSku }) => channelSku === 'FBA')).toMatchObject({ fba: true, ignoreSync: true })
  expect(seen.listings.find(({ channelSku }) => channelSku === 'A,B ☕')).toMatchObject({ title: 'Title of A,B ☕' })
  expect(seen.listings.find(({ channelSku }) => channelSku === 'IDLE')).toMatchObject({ active: false, fba: false })

  await stage.givenReport(account, [{ sku: 'SKU-1', title: 'As the report says' }])
  await put('LATER')
  await refresh(account.id)
  await eventually(async () => expect((await list(account, { search: 'LATER' })).listings).toHaveLength(1))
  expect((await list(account, { search: 'SKU-1' })).listings[0]?.title).toBe('As the report says')
})

test('[S004-2] no report is asked for an account that is off or has no credentials', async () => {
  const [off, bare] = [await stage.givenAccount('B1OFF'), await stage.givenAccount('B1NOTOKEN', { token: '' })]
  const settings = { idempotencyKey: aKey(), account: off.id, enabled: false, confirmation: '', zerosConfirmation: '' }
  await call(stage.accounts, 'updateAccountSettings', settings, asking)

  expect((await refusedWith(refresh(off.id))).reason).toBe('ACCOUNT_DISABLED')
  expect((await refusedWith(refresh(bare.id))).reason).toBe('CREDENTIALS_MISSING')
  expect(stage.peers.reportRequests.some(({ accountId }) => accountId === bare.id)).toBe(false)
})

test('[R06] a listing linked while the broker is down is linked, and announced when it is back', async () => {
  const account = await stage.givenAccount('B1DOWN')
  givenItem('DOWN')
  await stage.givenReport(account, [{ sku: 'DOWN' }])
  await stage.door.shut()

  const { listing } = await link(account, 'DOWN', 'DOWN')
  expect(listing?.itemSku).toBe('DOWN')
  expect(eventsOf(listing?.id)).toEqual([])

  await stage.door.open()
  await eventually(() => expect(eventsOf(listing?.id)).toEqual(['linked']))
}, 40_000)
