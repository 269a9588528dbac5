import { afterAll, beforeAll, expect, jest, test } from '@jest/globals'
import { AuthorisationServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/authorisation_service.ts'
import { call, openClient } from '@lockstep/rpc/client'
import { eventually } from '@lockstep/testkit/eventually'

import type { CallPage, DiagnosisAnswer } from '../src/wire/diagnosis.ts'
import { type ConsoleStage, openConsoleStage, seller } from './console-stage.ts'

jest.setTimeout(60_000)

let stage: ConsoleStage
let authorisation: AuthorisationServiceClient

beforeAll(async () => {
  stage = await openConsoleStage()
  authorisation = openClient(AuthorisationServiceClient, stage.whole.address('channel-connector'))
}, 150_000)
afterAll(async () => {
  authorisation.close()
  await stage[Symbol.asyncDispose]()
})

/** The seller agrees on Amazon's page; answers where the browser is sent. */
async function consentedAt(): Promise<URL> {
  const { consentUrl } = await call(authorisation, 'beginAuthorisation', { account: 'UK' }, { timeoutMs: 5_000 })
  const choice = new RegExp(`value="([^"]*${seller}[^"]*)"`).exec(await (await fetch(consentUrl)).text())?.[1] ?? ''
  const body = new URLSearchParams({ seller: choice }).toString()
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const agreed = await fetch(consentUrl, { method: 'POST', headers, body, redirect: 'manual' })
  return new URL(agreed.headers.get('location') ?? '')
}

test('[S003-23] [S003-25] Amazon’s redirect ends at the console, once, and shows no script and no referrer', async () => {
  const returned = await consentedAt()
  expect(returned.href).toContain(`${stage.url}/amazon/authorised?`)
  const path = `${returned.pathname}${returned.search}`
  const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }

  const first = await stage.ask(path, { headers })
  const again = await stage.ask(path, { headers })

  expect(first).toMatchObject({ status: 200, text: expect.stringContaining('UK is authorised') })
  expect(first.headers).toMatchObject({
    'referrer-policy': 'no-referrer',
    'content-security-policy': expect.stringContaining("default-src 'none'"),
  })
  expect(again).toMatchObject({ status: 409, text: expect.stringContaining('used before') })
  const bad = await stage.ask('/amazon/authorised?state=%3Cscript%3E&selling_partner_id=A1&spapi_oauth_code=x')
  expect(bad.status).toBe(404)
  expect(bad.text).not.toContain('<script>')
  expect((await stage.ask('/amazon/authorised')).status).toBe(400)
})

test('[S003-49] the log and the diagnosis are read as they stand', async () => {
  await stage.whole.sim.changeRoles({ sellerId: seller, revoke: ['Product Listing'] })
  const lines = [{ item: 'LAMP-1', location: '', onHand: 7n }]
  const stock = { idempotencyKey: 'lamp', lines, partial: false, note: '' }
  await call(stage.whole.clients.inventory, 'setStock', stock, { timeoutMs: 5_000 })
  await eventually(
    async () => {
      const diagnosis = await stage.read<DiagnosisAnswer>('/api/accounts/UK/diagnosis')
      expect(diagnosis.findings).toContainEqual(
        expect.objectContaining({
          class: 'denied',
          capability: 'listings',
          urgency: 'act',
          roles: ['Product Listing'],
          touches: 'FBM',
        }),
      )
    },
    { withinMs: 50_000, everyMs: 500 },
  )

  const { calls } = await stage.read<CallPage>('/api/calls?account=UK&class=denied')

  expect(calls[0]).toMatchObject({ sellerId: seller, status: 403, class: 'denied', errorCode: 'Unauthorized' })
  expect((await stage.ask('/api/calls?class=nonsense')).status).toBe(400)
})
