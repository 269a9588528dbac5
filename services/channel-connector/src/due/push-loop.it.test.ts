import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { eventually } from '@lockstep/testkit/eventually'

import { pushStage, type PushStage } from '../../test/push-stage.ts'
import type { Account } from '../store/accounts.ts'

let stage: PushStage
beforeAll(async () => {
  stage = await pushStage()
  await stage.sim.changeSettings({ propagationMs: 100 })
})
afterEach(async () => {
  await stage.stopPush()
  await stage.sim.clearFaults()
})
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

async function anAccount(locations = ['loc_1']): Promise<Account> {
  const { UK } = await stage.givenSeller({ UK: locations })
  if (!UK) throw new Error('no account')
  return UK
}

async function liveOf(account: Account, sku: string): Promise<number> {
  return (await stage.sim.listing(account.sellerId, sku)).live.quantity
}

const writesOf = async (account: Account, sku?: string) =>
  (await stage.writes(account, sku)).map(({ sku: written, body }) => ({ sku: written, ...quantityIn(body) }))

function quantityIn(body: unknown): { op: unknown; quantity: unknown } {
  const { patches } = body as { patches: { op: unknown; value: { quantity: unknown }[] }[] }
  return { op: patches[0]?.op, quantity: patches[0]?.value[0]?.quantity }
}

const stateOf = async (account: Account, sku: string) => (await stage.why(account, sku)).state

/** Waits until the listing's number is accepted, and then until Amazon shows it. */
async function untilLive(account: Account, sku: string, quantity: number): Promise<void> {
  await eventually(async () => {
    expect((await stage.why(account, sku)).chain.accepted).toMatchObject({ quantity })
    expect(await liveOf(account, sku)).toBe(quantity)
  })
}

test('[S001-7] [S001-10] a change of stock goes out guarded, and every stage is recorded', async () => {
  const uk = await anAccount()
  await stage.givenListings([{ account: uk, sku: 'A-1', live: 3 }])
  stage.startPush()

  await stage.announce('itm_A-1', 5)

  await untilLive(uk, 'A-1', 5)
  expect(await writesOf(uk)).toEqual([{ sku: 'A-1', op: 'merge', quantity: 5 }])
  const why = await stage.why(uk, 'A-1')
  expect(why.guard).toMatchObject({ live: 3, unseen: 0, unguarded: false })
  expect(why.gates.every((gate) => gate.open)).toBe(true)
  expect(why.steps.map(({ step }) => step)).toEqual([
    'sum_available',
    'less_unseen',
    'end_when',
    'stock_percentage',
    'max_listed',
    'group_policy',
  ])
  expect(why.chain.scheduled).toMatchObject({ lane: 'increase', version: 1 })
  expect(why.chain.submitted).toMatchObject({ quantity: 5, version: 1 })
})

test('[S001-12] an edit in Seller Central sends nothing; a later change of another SKU is the sentinel', async () => {
  const uk = await anAccount()
  await stage.givenListings([
    { account: uk, sku: 'EDITED', live: 5 },
    { account: uk, sku: 'SENTINEL', live: 1 },
  ])
  stage.startPush()
  await stage.announce('itm_EDITED', 5)
  await eventually(async () => expect(await stateOf(uk, 'EDITED')).toBe('in_step'))

  await stage.sim.putListing({ sellerId: uk.sellerId, sku: 'EDITED', quantity: 10 })
  stage.poke()
  await stage.announce('itm_SENTINEL', 7)
  await untilLive(uk, 'SENTINEL', 7)

  expect(await writesOf(uk, 'EDITED')).toEqual([])
  expect(await liveOf(uk, 'EDITED')).toBe(10)

  await stage.announce('itm_EDITED', 4)
  await untilLive(uk, 'EDITED', 4)
  expect((await stage.why(uk, 'EDITED')).guard).toMatchObject({ unseen: 0 })
})

test('[S000-12] distinct SKUs of three accounts stay apart', async () => {
  const { UK: uk, DE: de, FR: fr } = await stage.givenSeller({ UK: ['loc_uk'], DE: ['loc_de'], FR: ['loc_fr'] })
  if (!uk || !de || !fr) throw new Error('no accounts')
  await stage.givenListings([
    { account: uk, sku: 'S_UK', item: 'itm_S' },
    { account: de, sku: 'S_DE', item: 'itm_S' },
    { account: fr, sku: 'S_FR', item: 'itm_S' },
  ])
  stage.startPush()

  await stage.announce('itm_S', 10, { location: 'loc_uk' })
  await stage.announce('itm_S', 20, { location: 'loc_de' })
  await stage.announce('itm_S', 30, { location: 'loc_fr' })

  await untilLive(uk, 'S_UK', 10)
  await untilLive(de, 'S_DE', 20)
  await untilLive(fr, 'S_FR', 30)
  expect(await writesOf(uk)).toHaveLength(3)
})

test('[S000-12] [S000-15] one SKU on three accounts: the conflict is shown first, then one write, the lowest', async () => {
  const { UK: uk, DE: de, FR: fr } = await stage.givenSeller({ UK: ['loc_uk'], DE: ['loc_de'], FR: ['loc_fr'] })
  if (!uk || !de || !fr) throw new Error('no accounts')
  await stage.givenListings([uk, de, fr].map((account) => ({ account, sku: 'SAME', item: 'itm_SAME', live: 50 })))
  await stage.announce('itm_SAME', 10, { location: 'loc_uk' })
  await stage.announce('itm_SAME', 20, { location: 'loc_de' })
  await stage.announce('itm_SAME', 30, { location: 'loc_fr' })
  stage.startPush()

  await eventually(async () => expect(await stateOf(de, 'SAME')).toBe('conflict'))
  const shown = await stage.why(de, 'SAME')
  expect(shown.group.conflict).toContain(`${uk.id} 10, ${de.id} 20, ${fr.id} 30`)
  expect(shown.group.members.map(({ desired }) => desired)).toEqual([10, 20, 30])
  expect(shown.next).toMatchObject({ action: 'wait', reason: 'CONFIRMATION_NEEDED' })
  expect(await writesOf(uk)).toEqual([])

  await stage.confirm(de)
  await untilLive(uk, 'SAME', 10)
  expect(await writesOf(uk)).toEqual([{ sku: 'SAME', op: 'merge', quantity: 10 }])
})

test('[T-26] writing a quantity leaves the handling time alone', async () => {
  const uk = await anAccount()
  await stage.givenListings([{ account: uk, sku: 'LEAD', live: 3, leadTimeDays: 4 }])
  stage.startPush()

  await stage.announce('itm_LEAD', 6)

  await untilLive(uk, 'LEAD', 6)
  expect((await stage.sim.listing(uk.sellerId, 'LEAD')).live.leadTimeDays).toBe(4)
})

test('[T-30] a 200 that says INVALID is refused for good: no retry, the issue is shown, other data are tried', async () => {
  const uk = await anAccount()
  await stage.givenListings([
    { account: uk, sku: 'HUGE', live: 3 },
    { account: uk, sku: 'OTHER', live: 3 },
  ])
  stage.startPush()

  await stage.announce('itm_HUGE', 3_000_000_000)
  await eventually(async () => expect(await stateOf(uk, 'HUGE')).toBe('refused'))
  const why = await stage.why(uk, 'HUGE')
  expect(why.chain.submitted?.detail).toContain("for 'quantity' must be a whole number")
  expect(why.chain.accepted).toBeNull()

  await stage.announce('itm_OTHER', 4)
  await untilLive(uk, 'OTHER', 4)
  expect(await writesOf(uk, 'HUGE')).toHaveLength(1)

  await stage.announce('itm_HUGE', 8)
  await untilLive(uk, 'HUGE', 8)
})

test.each(['A/B 1+2', 'CAFÉ-☕-1', 'comma, and %2F', 'a.b', 'x&y=#?'])(
  '[T-38] the SKU %j travels byte for byte',
  async (sku) => {
    const uk = await anAccount()
    await stage.givenListings([{ account: uk, sku, live: 1 }])
    stage.startPush()

    await stage.announce(`itm_${sku}`, 9)

    await untilLive(uk, sku, 9)
    expect(await writesOf(uk)).toEqual([{ sku, op: 'merge', quantity: 9 }])
  },
)
