import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals'
import { systemIds } from '@lockstep/contracts/ids'
import { eventually } from '@lockstep/testkit/eventually'

import { pushStage, type PushStage } from '../../test/push-stage.ts'
import { linkListing } from '../commands/link-listing.ts'
import type { Account } from '../store/accounts.ts'

let stage: PushStage
beforeAll(async () => {
  stage = await pushStage()
  await stage.sim.changeSettings({ propagationMs: 100 })
})
afterEach(() => stage.stopPush())
afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

async function link(account: Account, sku: string): Promise<void> {
  const command = { account: account.id, channelSku: sku, item: { id: `itm_${sku}`, sku }, actor: 'test' }
  await stage.db.transaction().execute((tx) => linkListing(tx, { ids: systemIds, zerosSharePercent: 10 }, command))
  stage.poke()
}

async function numbersSent(account: Account, sku: string): Promise<unknown[]> {
  return (await stage.writes(account, sku)).map(({ body }) => {
    const { patches } = body as { patches: { value: { quantity: unknown }[] }[] }
    return patches[0]?.value[0]?.quantity
  })
}

test('[S001-13] the first number of a new link leaves the units out that downloaded orders are about to take, and is the only one', async () => {
  const { UK } = await stage.givenSeller({ UK: ['loc_1'] })
  if (!UK) throw new Error('no account')
  const sku = 'WAITED-FOR'
  const sale = { orderId: 'ord_w1', sku, units: 2, createdAt: new Date(Date.now() - 60_000) }
  await stage.givenListings([{ account: UK, sku, item: null, live: 5 }])
  await stage.announce(`itm_${sku}`, 30)
  await stage.takeInOrder(UK, sale)
  stage.startPush()

  await link(UK, sku)
  await eventually(async () => expect((await stage.why(UK, sku)).chain?.accepted?.quantity).toBe(28))
  await stage.takeInOrder(UK, { ...sale, item: `itm_${sku}`, revision: 2 })
  await stage.announce(`itm_${sku}`, 28, { cause: { kind: 'order_reserved', reference: 'ord_w1' } })
  await stage.announce(`itm_${sku}`, 27)

  await eventually(async () => expect(await numbersSent(UK, sku)).toEqual([28, 27]))
})
