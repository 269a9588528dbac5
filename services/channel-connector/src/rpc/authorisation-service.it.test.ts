import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { type Account, ConnectionState } from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import {
  AuthorisationServiceClient,
  AuthorisationState,
  type BeginAuthorisationResponse,
} from '@lockstep/contracts/generated/lockstep/channel/v1/authorisation_service.ts'
import { ListingFilter } from '@lockstep/contracts/generated/lockstep/channel/v1/mapping_service.ts'
import { call, openClient } from '@lockstep/rpc/client'
import { sql } from 'kysely'
import { aKey, asking, refusedWith, serviceStage, type ServiceStage } from '../../test/service-stage.ts'

let stage: ServiceStage
let authorisation: AuthorisationServiceClient
let consentAt: string

beforeAll(async () => {
  stage = await serviceStage()
  authorisation = openClient(AuthorisationServiceClient, stage.address)
  consentAt = String(stage.config.amazon.endpoint)
})
afterAll(async () => {
  authorisation.close()
  await stage[Symbol.asyncDispose]()
})

const begin = (account: Account) => call(authorisation, 'beginAuthorisation', { account: account.id }, asking)
const progress = ({ authorisationId }: BeginAuthorisationResponse) =>
  call(authorisation, 'getAuthorisation', { authorisationId }, asking)
const complete = (returned: URLSearchParams) =>
  call(
    authorisation,
    'completeAuthorisation',
    {
      state: returned.get('state') ?? '',
      sellingPartnerId: returned.get('selling_partner_id') ?? '',
      oauthCode: returned.get('spapi_oauth_code') ?? '',
    },
    asking,
  )

/** A seller agrees on Amazon's page; answers what the redirect brings. */
async function consent({ consentUrl }: BeginAuthorisationResponse, sellerId: string): Promise<URLSearchParams> {
  const page = await fetch(consentUrl)
  const choice = new RegExp(`value="([^"]*${sellerId}[^"]*)"`).exec(await page.text())?.[1]
  if (choice === undefined) throw new Error(`the page does not offer ${sellerId}`)
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const body = new URLSearchParams({ seller: choice.replaceAll('&amp;', '&') }).toString()
  const agreed = await fetch(consentUrl, { method: 'POST', headers, body, redirect: 'manual' })
  return new URL(agreed.headers.get('location') ?? '', consentAt).searchParams
}

async function givenHeldAccount(sellerId: string): Promise<Account> {
  const account = await stage.givenAccount(sellerId)
  await stage.db
    .updateTable('connection')
    .set({ state: 'reauthorise', detail: 'gone' })
    .where('id', '=', account.connectionId)
    .execute()
  return account
}

/** Everything that is kept of an account, but what a new authorisation is about. */
async function keptOf(account: Account) {
  const one = { account: account.id, filter: ListingFilter.UNSPECIFIED, search: '', page: undefined }
  const [{ account: shown }, listings, calls] = await Promise.all([
    call(stage.accounts, 'getAccount', { account: account.id }, asking),
    call(stage.mapping, 'listListings', one, asking),
    stage.db
      .selectFrom('api_call')
      .select('id')
      .where('connection_id', '=', account.connectionId)
      .orderBy('id')
      .execute(),
  ])
  const { authorisedAt, consentExpiresAt, connectionState, connectionDetail, ...kept } = shown ?? account
  return {
    kept,
    listings: listings.listings,
    calls,
    of: { authorisedAt, consentExpiresAt, connectionState, connectionDetail },
  }
}

test('[S003-43] [S003-42] authorising again keeps the account with its links, settings and history; only the token and its time are others', async () => {
  const account = await givenHeldAccount('A8AGAIN')
  await stage.givenReport(account, [{ sku: 'KEEP-1' }, { sku: 'KEEP-2' }])
  const link = { idempotencyKey: aKey(), account: account.id, channelSku: 'KEEP-1', item: 'itm_1' }
  stage.peers.items.push({ id: 'itm_1', sku: 'ITEM-1' })
  await call(stage.mapping, 'linkListing', link, asking)
  const settings = {
    idempotencyKey: aKey(),
    account: account.id,
    confirmation: '',
    maxListed: 3,
    stockPercentage: 50,
    zerosConfirmation: '',
  }
  await call(stage.accounts, 'updateAccountSettings', settings, asking)
  const before = await keptOf(account)
  const tokenBefore = await tokenOf(account)

  const begun = await begin(account)
  expect(await progress(begun)).toMatchObject({ state: AuthorisationState.WAITING })
  await complete(await consent(begun, 'A8AGAIN'))

  const after = await keptOf(account)
  expect(await progress(begun)).toMatchObject({ state: AuthorisationState.COMPLETED, account: { id: account.id } })
  expect(after.kept).toEqual(before.kept)
  expect(after.listings).toEqual(before.listings)
  expect(after.calls.slice(0, before.calls.length)).toEqual(before.calls)
  expect(after.of.authorisedAt?.getTime()).toBeGreaterThan(before.of.authorisedAt?.getTime() ?? Infinity)
  expect(after.of.connectionState).not.toBe(ConnectionState.REAUTHORISE)
  expect(await tokenOf(account)).not.toEqual(tokenBefore)
})

async function tokenOf(account: Account): Promise<string> {
  const row = await stage.db
    .selectFrom('connection')
    .select('refresh_token_sealed')
    .where('id', '=', account.connectionId)
    .executeTakeFirstOrThrow()
  return Buffer.from(row.refresh_token_sealed ?? []).toString('hex')
}

test('a return is good once: the same state again is refused, and one that nobody began too', async () => {
  const account = await stage.givenAccount('A8ONCE')
  const returned = await consent(await begin(account), 'A8ONCE')

  const answers = await Promise.allSettled([complete(returned), complete(returned), complete(returned)])

  expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  expect(await refusedWith(complete(returned))).toMatchObject({
    reason: 'AUTHORISATION_STALE',
    message: expect.stringMatching(/used before/),
  })
  const invented = new URLSearchParams(returned)
  invented.set('state', 'x'.repeat(43))
  expect(await refusedWith(complete(invented))).toMatchObject({ reason: 'AUTHORISATION_UNKNOWN', field: 'state' })
})

test('a return after ten minutes is refused, and its code never leaves', async () => {
  const account = await stage.givenAccount('A8LATE')
  const begun = await begin(account)
  const returned = await consent(begun, 'A8LATE')
  const tokenBefore = await tokenOf(account)
  await sql`update authorisation set expires_at = clock_timestamp() where id = ${begun.authorisationId}`.execute(
    stage.db,
  )

  const late = await refusedWith(complete(returned))

  expect(late).toMatchObject({ reason: 'AUTHORISATION_STALE', message: expect.stringMatching(/too late/) })
  expect(await progress(begun)).toMatchObject({ state: AuthorisationState.EXPIRED })
  expect(await tokenOf(account)).toBe(tokenBefore)
})

test('another seller than the account’s is refused, and the token stays', async () => {
  const [account] = [await stage.givenAccount('A8MINE'), await stage.givenAccount('A8OTHER')]
  const begun = await begin(account)
  const tokenBefore = await tokenOf(account)

  const other = await refusedWith(complete(await consent(begun, 'A8OTHER')))

  expect(other).toMatchObject({ reason: 'AUTHORISATION_REFUSED', field: 'selling_partner_id', value: 'A8OTHER' })
  expect(await progress(begun)).toMatchObject({
    state: AuthorisationState.REFUSED,
    detail: expect.stringMatching(/A8OTHER.*A8MINE/),
  })
  expect(await tokenOf(account)).toBe(tokenBefore)
})

test('a code that Amazon does not take ends the authorisation with its reason', async () => {
  const account = await stage.givenAccount('A8CODE')
  const begun = await begin(account)
  const returned = await consent(begun, 'A8CODE')
  returned.set('spapi_oauth_code', 'spent')

  expect(await refusedWith(complete(returned))).toMatchObject({ reason: 'AUTHORISATION_REFUSED', field: 'oauth_code' })
  expect(await progress(begun)).toMatchObject({ state: AuthorisationState.REFUSED })
})

test('[R25] the state is kept as its hash alone', async () => {
  const begun = await begin(await stage.givenAccount('A8HASH'))
  const state = new URL(begun.consentUrl).searchParams.get('state') ?? ''

  const { rows } = await sql<{ text: string }>`select a::text as text from authorisation a`.execute(stage.db)

  expect(state.length).toBeGreaterThanOrEqual(43)
  expect(rows.map(({ text }) => text).join('\n')).not.toContain(state)
  expect(rows.map(({ text }) => text).join('\n')).not.toContain(Buffer.from(state).toString('hex'))
})
