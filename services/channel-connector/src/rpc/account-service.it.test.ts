import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { ConnectionState, type Account } from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import { call } from '@lockstep/rpc/client'
import { eventually } from '@lockstep/testkit/eventually'
import { sql } from 'kysely'
import { aKey, asking, refusedWith, serviceStage, type ServiceStage } from '../../test/service-stage.ts'

let stage: ServiceStage

beforeAll(async () => {
  stage = await serviceStage()
})
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

const create = (
  more: Partial<{
    idempotencyKey: string
    name: string
    sellerId: string
    marketplace: string
    refreshToken: string
    legacyMws: boolean
  }>,
) =>
  call(
    stage.accounts,
    'createAccount',
    {
      idempotencyKey: aKey(),
      name: '',
      sellerId: 'A1NEW',
      marketplace: 'UK',
      refreshToken: '',
      legacyMws: false,
      ...more,
    },
    asking,
  )

type Settings = Partial<{
  idempotencyKey: string
  enabled: boolean
  updateInventory: boolean
  confirmation: string
  maxListed: number
  stockPercentage: number
  endWhen: number
  defaultLeadTimeDays: number
  channelSpecificStock: boolean
  despatchNotes: boolean
}>
const change = async (account: string, settings: Settings) =>
  (
    await call(
      stage.accounts,
      'updateAccountSettings',
      { idempotencyKey: aKey(), confirmation: '', zerosConfirmation: '', ...settings, account },
      asking,
    )
  ).account

const map = (account: string, locations: string[], orderLocation = '') =>
  call(stage.accounts, 'mapLocations', { idempotencyKey: aKey(), account, locations, orderLocation }, asking)

const read = async (account: string): Promise<Account | undefined> =>
  (await call(stage.accounts, 'getAccount', { account }, asking)).account

/** An account without what changes by itself once its credentials are tried, and without when they were given. */
const settled = (account: Account | undefined) => ({
  ...account,
  connectionState: '',
  connectionDetail: '',
  authorisedAt: undefined,
  consentExpiresAt: undefined,
})

test('[S003-22] [S004-33] a new account is on, sends nothing, and is named after seller and marketplace', async () => {
  const { account } = await create({ sellerId: 'A1NAMED', marketplace: 'de', refreshToken: 'Atzr|named' })

  expect(account).toMatchObject({
    name: 'A1NAMED-DE',
    sellerId: 'A1NAMED',
    region: 'EU',
    marketplace: 'DE',
    marketplaceId: 'A1PA6795UKMFR9',
    settings: { enabled: true, updateInventory: false, channelSpecificStock: true, despatchNotes: true },
    locationIds: [],
    orderLocationId: '',
    connectionState: ConnectionState.UNTESTED,
  })
  expect(account?.settings?.maxListed).toBeUndefined()
  expect(settled(await read('A1NAMED-DE'))).toEqual(settled(account))
  await eventually(() => {
    const subject = `evt.channel.v1.account.changed.${account?.id}.${account?.id}`
    expect(stage.events).toContainEqual({
      subject,
      payload: {
        accountId: account?.id,
        connectionId: account?.connectionId,
        enabled: true,
        currency: 'EUR',
        accountName: 'A1NAMED-DE',
        at: expect.any(String),
      },
    })
  })
})

test('[S000-1] marketplaces of one seller and region share a connection, another region has its own', async () => {
  const { account: uk } = await create({ sellerId: 'A1MANY', marketplace: 'UK', refreshToken: 'Atzr|many' })
  const { account: fr } = await create({ sellerId: 'A1MANY', marketplace: 'A13V1IB3VIYZZH' })
  const { account: us } = await create({ sellerId: 'A1MANY', marketplace: 'US' })

  expect(fr?.connectionId).toBe(uk?.connectionId)
  expect(fr?.connectionState).not.toBe(ConnectionState.NO_CREDENTIALS)
  expect(us?.connectionId).not.toBe(uk?.connectionId)
  expect(us?.connectionState).toBe(ConnectionState.NO_CREDENTIALS)
  const { connections } = await call(stage.accounts, 'listConnections', {}, asking)
  const mine = connections.filter(({ sellerId }) => sellerId === 'A1MANY')
  expect(mine.map(({ region, accounts }) => [region, accounts.map(({ marketplace }) => marketplace)])).toEqual([
    ['EU', ['UK', 'FR']],
    ['NA', ['US']],
  ])
})

test('a repeated command returns the first account; the same key with another body is refused', async () => {
  const idempotencyKey = aKey()
  const first = await create({ idempotencyKey, sellerId: 'A1TWICE', refreshToken: 'Atzr|twice' })
  const again = await create({ idempotencyKey, sellerId: 'A1TWICE', refreshToken: 'Atzr|twice' })

  expect(again).toEqual(first)
  const other = await refusedWith(create({ idempotencyKey, sellerId: 'A1TWICE', refreshToken: 'Atzr|else' }))
  expect(other.reason).toBe('IDEMPOTENCY_KEY_REUSED')
  expect((await refusedWith(create({ idempotencyKey: '' }))).reason).toBe('IDEMPOTENCY_KEY_MISSING')
})

test('[S001-6] bad accounts are refused with the field, the value and the next step, an unknown marketplace with all that there are', async () => {
  await create({ sellerId: 'A1TAKEN', name: 'Shop UK' })
  const cases = [
    [{ marketplace: 'Mars' }, 'MARKETPLACE_UNKNOWN', 'marketplace', 'Mars'],
    [{ sellerId: 'not a seller' }, 'SELLER_INVALID', 'seller_id', 'not a seller'],
    [{ sellerId: '' }, 'SELLER_INVALID', 'seller_id', ''],
    [{ sellerId: 'A1TAKEN' }, 'ACCOUNT_EXISTS', 'marketplace', 'UK'],
    [{ sellerId: 'A1OTHER', name: 'Shop UK' }, 'ACCOUNT_EXISTS', 'name', 'Shop UK'],
    [{ name: 'acc_1' }, 'FIELD_INVALID', 'name', 'acc_1'],
    [{ name: ' padded' }, 'FIELD_INVALID', 'name', ' padded'],
    [{ name: 'x'.repeat(81) }, 'FIELD_INVALID', 'name', 'x'.repeat(81)],
    [{ refreshToken: 'two words' }, 'FIELD_INVALID', 'refresh_token', ''],
  ] as const
  for (const [wrong, reason, field, value] of cases) {
    const no = await refusedWith(create({ sellerId: 'A1BAD', ...wrong }))
    expect(no).toMatchObject({ reason, field, value })
    expect(no.nextStep).not.toBe('')
    expect(no.message).not.toContain('two words')
  }
  expect((await refusedWith(create({ sellerId: 'A1BAD', marketplace: 'Mars' }))).candidates).toEqual(
    expect.arrayContaining(['UK', 'DE', 'US', 'JP']),
  )
  expect((await refusedWith(read('A1BAD-UK'))).reason).toBe('ACCOUNT_UNKNOWN')
  expect((await refusedWith(read(''))).reason).toBe('ACCOUNT_UNKNOWN')
  expect((await refusedWith(read('\u0000'))).reason).toBe('ACCOUNT_UNKNOWN')
})

test('[S003-43] a new token takes the place of the old one; account, settings and mapping stay', async () => {
  const account = await stage.givenAccount('A1AGAIN')
  await map(account.id, ['Default'])
  await change(account.id, { maxListed: 3 })
  await stage.sim.putSeller({
    sellerId: 'A1AGAIN',
    region: 'EU',
    marketplaceIds: [account.marketplaceId],
    refreshToken: 'Atzr|A1AGAIN-2',
  })
  const before = await read(account.id)

  const { account: after } = await call(
    stage.accounts,
    'authoriseAccount',
    { idempotencyKey: aKey(), account: account.name, refreshToken: 'Atzr|A1AGAIN-2' },
    asking,
  )

  expect(settled(after)).toEqual(settled(before))
  expect(after?.connectionState).toBe(ConnectionState.UNTESTED)
  expect(after?.authorisedAt?.getTime()).toBeGreaterThan(before?.authorisedAt?.getTime() ?? Infinity)
  await eventually(async () => {
    const { steps } = await call(stage.accounts, 'testAccount', { account: account.id }, asking)
    expect(steps[0]).toMatchObject({ step: 'token', ok: true })
  })
  const wrong = { idempotencyKey: aKey(), account: account.id, refreshToken: 'Atzr|of-nobody' }
  const refused = await refusedWith(call(stage.accounts, 'authoriseAccount', wrong, asking))
  expect(refused).toMatchObject({ reason: 'AUTHORISATION_REFUSED', field: 'refresh_token' })
  expect(refused.message).toMatch(/the token that is stored stays in use$/)
  expect(refused.nextStep).toContain(`lockstep accounts authorise ${account.name}`)
  const stillGood = await call(stage.accounts, 'testAccount', { account: account.id }, asking)
  expect(stillGood.steps[0]).toMatchObject({ step: 'token', ok: true })
  const none = call(
    stage.accounts,
    'authoriseAccount',
    { idempotencyKey: aKey(), account: account.id, refreshToken: '' },
    asking,
  )
  expect((await refusedWith(none)).reason).toBe('CREDENTIALS_MISSING')
})

test('[R25] no table holds a refresh token in plain', async () => {
  await stage.givenAccount('A1SECRET', { token: 'Atzr|find-me-if-you-can' })
  const { rows: tables } = await sql<{ name: string }>`
    select quote_ident(table_name) as name from information_schema.tables where table_schema = 'public'`.execute(
    stage.db,
  )
  expect(tables.length).toBeGreaterThan(10)
  for (const { name } of tables) {
    const { rows } =
      await sql`select 1 from ${sql.raw(name)} t where t::text like '%find-me-if-you-can%' or encode(convert_to(t::text, 'UTF8'), 'escape') like '%find-me%'`.execute(
        stage.db,
      )
    expect({ name, rows }).toEqual({ name, rows: [] })
  }
  const { rows: sealed } = await sql<{
    hex: string
  }>`select encode(refresh_token_sealed, 'escape') as hex from connection where seller_id = 'A1SECRET'`.execute(
    stage.db,
  )
  expect(sealed[0]?.hex).not.toContain('find-me')
})

test('[S004-37] [S004-38] [S004-39] [S004-40] settings are kept inside their ranges', async () => {
  const account = await stage.givenAccount('A1RANGES')

  await change(account.id, { maxListed: 0, stockPercentage: 100, endWhen: 1_000_000, defaultLeadTimeDays: 30 })
  expect((await read(account.id))?.settings).toMatchObject({
    maxListed: 0,
    stockPercentage: 100,
    endWhen: 1_000_000,
    defaultLeadTimeDays: 30,
  })
  await change(account.id, { maxListed: -1, stockPercentage: -1, endWhen: -1, defaultLeadTimeDays: -1 })
  const cleared = (await read(account.id))?.settings
  expect([cleared?.maxListed, cleared?.stockPercentage, cleared?.endWhen, cleared?.defaultLeadTimeDays]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ])
  const cases = [
    [{ maxListed: -2 }, 'max_listed', '-2'],
    [{ maxListed: 1_000_001 }, 'max_listed', '1000001'],
    [{ stockPercentage: -2 }, 'stock_percentage', '-2'],
    [{ stockPercentage: 101 }, 'stock_percentage', '101'],
    [{ endWhen: -5 }, 'end_when', '-5'],
    [{ defaultLeadTimeDays: 0 }, 'default_lead_time_days', '0'],
    [{ defaultLeadTimeDays: 31 }, 'default_lead_time_days', '31'],
  ] as const
  for (const [wrong, field, value] of cases) {
    expect(await refusedWith(change(account.id, { despatchNotes: false, ...wrong }))).toMatchObject({
      reason: 'SETTING_INVALID',
      field,
      value,
    })
  }
  expect((await read(account.id))?.settings?.despatchNotes).toBe(true)
})

test('a change of settings is announced once, and one that changes nothing is not', async () => {
  const account = await stage.givenAccount('A1NEWS')
  const news = () => stage.events.filter(({ payload }) => payload['accountId'] === account.id)
  await eventually(() => expect(news()).toHaveLength(1))

  await change(account.id, { despatchNotes: true, maxListed: -1 })
  await change(account.id, { enabled: false })

  await eventually(() => expect(news()).toHaveLength(2))
  expect(news()[1]?.payload['enabled'] ?? false).toBe(false)
})

test('[S004-33] Update inventory goes on only with the confirmation of a dry run', async () => {
  const account = await stage.givenAccount('A1CONFIRM')
  const bare = await stage.givenAccount('A1BARE', { token: '' })

  expect(await refusedWith(change(account.id, { updateInventory: true }))).toMatchObject({
    reason: 'CONFIRMATION_NEEDED',
    field: 'confirmation',
  })
  expect((await refusedWith(change(account.id, { updateInventory: true, confirmation: 'made-up' }))).reason).toBe(
    'CONFIRMATION_STALE',
  )
  expect((await refusedWith(change(bare.id, { updateInventory: true }))).reason).toBe('CREDENTIALS_MISSING')
  expect((await read(account.id))?.settings?.updateInventory).toBe(false)
})

test('[S004-35] [S001-1] locations are mapped by id or name, and orders go to the first when none is named', async () => {
  const account = await stage.givenAccount('A1PLACES')

  const first = await map(account.name, ['Second', 'loc_default', 'Second'])
  expect(first.account).toMatchObject({ locationIds: ['loc_default', 'loc_second'], orderLocationId: 'loc_second' })
  expect(first.warnings).toEqual([])
  const apart = await map(account.id, ['Default'], 'Second')
  expect(apart.account).toMatchObject({ locationIds: ['loc_default'], orderLocationId: 'loc_second' })
  expect(apart.warnings).toEqual([expect.stringContaining('"Second"')])
  const fba = await map(account.id, ['Default', 'FBA EU'])
  expect(fba.warnings).toEqual([expect.stringContaining('left out')])
})

test('[S001-4] bad mappings are refused', async () => {
  const account = await stage.givenAccount('A1NOWHERE')

  expect(await refusedWith(map(account.id, ['Mars']))).toMatchObject({
    reason: 'LOCATION_UNKNOWN',
    value: 'Mars',
    candidates: ['Default', 'Second', 'FBA EU'],
  })
  expect(await refusedWith(map(account.id, []))).toMatchObject({ reason: 'FIELD_INVALID', field: 'locations' })
  expect((await refusedWith(map(account.id, ['Default'], 'Mars'))).reason).toBe('LOCATION_UNKNOWN')
  const many = Array.from({ length: 101 }, () => 'Default')
  expect((await refusedWith(map(account.id, many))).reason).toBe('FIELD_INVALID')
  expect((await read(account.id))?.locationIds).toEqual([])
})

test("[S003-51] Amazon's own stock is summed only when somebody says so", async () => {
  const account = await stage.givenAccount('A1HYBRID')
  await map(account.id, ['Default', 'FBA EU'])

  const no = await refusedWith(change(account.id, { channelSpecificStock: false }))
  expect(no).toMatchObject({ reason: 'CONFIRMATION_NEEDED', field: 'channel_specific_stock' })
  const said = await change(account.id, { channelSpecificStock: false, confirmation: 'sum-fba-stock' })
  expect(said?.settings?.channelSpecificStock).toBe(false)

  await map(account.id, ['Default'])
  expect((await refusedWith(map(account.id, ['Default', 'FBA EU']))).reason).toBe('CONFIRMATION_NEEDED')
})

test('[S004-5] a test exchanges the token and reads the marketplaces, and a second one soon after costs no call', async () => {
  const account = await stage.givenAccount('A1TESTED')

  const first = await call(stage.accounts, 'testAccount', { account: account.id }, asking)
  const second = await call(stage.accounts, 'testAccount', { account: account.id }, asking)

  expect(first).toMatchObject({
    ok: true,
    steps: [
      { step: 'token', ok: true },
      { step: 'marketplaces', ok: true },
    ],
  })
  expect(second).toEqual(first)
  const { entries } = await stage.sim.journal({ sellerId: 'A1TESTED', operation: 'getMarketplaceParticipations' })
  expect(entries).toHaveLength(1)
  expect((await read(account.id))?.connectionState).toBe(ConnectionState.CONNECTED)
})

test('[S004-5] [S003-40] a test says which direction fails and what to do', async () => {
  const [revoked, elsewhere, none] = [
    await stage.givenAccount('A1REVOKED'),
    await stage.givenAccount('A1ELSEWHERE'),
    await stage.givenAccount('A1NONE', { token: '' }),
  ]
  const fault = await stage.sim.addFault({ match: { sellerId: 'A1REVOKED' }, action: 'revoke' })
  const { account: italy } = await create({ sellerId: 'A1ELSEWHERE', marketplace: 'IT' })

  const first = await call(stage.accounts, 'testAccount', { account: revoked.id }, asking)
  const second = await call(stage.accounts, 'testAccount', { account: italy?.id ?? elsewhere.id }, asking)
  await stage.sim.removeFault(fault.id)

  // The exchange is not repeated when one was seen a moment ago; then the call shows it.
  expect(first.ok).toBe(false)
  expect(first.steps.at(-1)).toMatchObject({ ok: false, nextStep: expect.stringContaining('authorise') })
  const shut = await read(revoked.id)
  expect(shut?.connectionState).toBe(ConnectionState.REAUTHORISE)
  expect(shut?.connectionDetail).toContain('lockstep accounts authorise A1REVOKED-UK')
  expect((await read(none.id))?.connectionDetail).toContain('no refresh token')
  expect(second).toMatchObject({ ok: false, steps: [{ ok: true }, { step: 'marketplaces', ok: false }] })
  expect(second.steps[1]?.detail).toContain('does not sell in IT')
  const bare = await refusedWith(call(stage.accounts, 'testAccount', { account: none.id }, asking))
  expect(bare.reason).toBe('CREDENTIALS_MISSING')
})

test('accounts are listed in the order of their creation, page by page', async () => {
  const first = await call(stage.accounts, 'listAccounts', { page: { size: 3, token: '' } }, asking)
  const second = await call(
    stage.accounts,
    'listAccounts',
    { page: { size: 1000, token: first.nextPageToken } },
    asking,
  )

  const all = await call(stage.accounts, 'listAccounts', { page: undefined }, asking)
  expect([...first.accounts, ...second.accounts].map(({ id }) => id)).toEqual(all.accounts.map(({ id }) => id))
  expect(second.nextPageToken).toBe('')
  const asked = (size: number, token: string) => call(stage.accounts, 'listAccounts', { page: { size, token } }, asking)
  expect((await refusedWith(asked(1001, ''))).reason).toBe('PAGE_INVALID')
  expect((await refusedWith(asked(-1, ''))).reason).toBe('PAGE_INVALID')
  expect((await refusedWith(asked(1, 'not base64!'))).reason).toBe('PAGE_INVALID')
})

test('limits show every bucket in front of an account with what went through it', async () => {
  const account = await stage.givenAccount('A1LIMITS')
  await stage.sim.putListing({
    sellerId: 'A1LIMITS',
    sku: 'X',
    quantity: 1,
    marketplaceId: account.marketplaceId,
    asin: 'B000000001',
    title: 'X',
  })
  const wanted = {
    accountId: account.id,
    connectionId: '',
    operation: 'getListingsItem',
    path: { sellerId: 'A1LIMITS', sku: 'X' },
    query: [{ name: 'marketplaceIds', value: account.marketplaceId }],
    body: Buffer.alloc(0),
    lane: '',
    notAfter: undefined,
  }
  const reply = await call(stage.gateway, 'callAmazon', wanted, asking)
  expect(reply).toMatchObject({ status: 200, outcome: 'CALL_OUTCOME_ACCEPTED' })

  const limits = await eventually(async () => {
    const answer = await call(stage.accounts, 'getLimits', { account: account.name }, asking)
    expect(answer.buckets.find(({ level }) => level === 'pair')?.sentLastHour).toBe(1n)
    return answer
  })

  expect(limits).toMatchObject({ sellerId: 'A1LIMITS', region: 'EU', application: stage.config.amazon.applicationId })
  expect(limits.buckets.find(({ level }) => level === 'pair')).toMatchObject({
    operation: 'getListingsItem',
    rate: 5,
    burst: 5,
    workingRate: expect.closeTo(4.995),
    workingBurst: 3,
    learnedFrom: 'header',
    waiting: 0,
    throttledLastHour: 0n,
  })
  expect(limits.buckets.find(({ level }) => level === 'application')).toMatchObject({
    operation: 'getListingsItem',
    rate: 100,
  })
})

test('a call without a token in time is refused with the delay to plan for', async () => {
  const account = await stage.givenAccount('A1PLANS')
  const wanted = {
    accountId: '',
    connectionId: account.connectionId,
    operation: 'createReport',
    path: {},
    query: [],
    body: Buffer.from('{}'),
    lane: '',
    notAfter: new Date(Date.now() + 5_000),
  }
  await call(stage.gateway, 'callAmazon', wanted, asking)
  await stage.db.updateTable('rate_bucket').set({ tokens: 0 }).where('scope', '=', account.connectionId).execute()

  const no = await refusedWith(call(stage.gateway, 'callAmazon', wanted, asking))

  expect(no).toMatchObject({ reason: 'NO_TOKEN', field: 'not_after' })
  expect(Number(no.retryAfter?.seconds)).toBeGreaterThan(30)
  const both = call(stage.gateway, 'callAmazon', { ...wanted, accountId: account.id }, asking)
  expect(await refusedWith(both)).toMatchObject({ reason: 'FIELD_INVALID', field: 'connection_id' })
  const unknown = call(stage.gateway, 'callAmazon', { ...wanted, operation: 'eraseEverything' }, asking)
  expect(await refusedWith(unknown)).toMatchObject({ reason: 'OPERATION_UNKNOWN', value: 'eraseEverything' })
})
