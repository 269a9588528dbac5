import { expect } from '@jest/globals'
import { marketplaces } from '@lockstep/local-stack/scenario'
import { eventually } from '@lockstep/testkit/eventually'
import type { Stage } from './open-stage.ts'

export interface Purchase {
  sellerId: string
  /** The account that the order belongs to, by name. */
  account: string
  marketplace?: keyof typeof marketplaces
  sku: string
  quantity?: number
  status?: 'PENDING' | 'UNSHIPPED'
  programs?: string[]
  /** Amazon lets it through although it holds fewer. */
  ignoreQuantity?: boolean
}

/** A buyer orders. Answers Amazon's order id. */
export async function buy(stage: Stage, purchase: Purchase): Promise<string> {
  const { sellerId, marketplace = 'UK', sku, quantity = 1, status, programs, ignoreQuantity } = purchase
  const { orderId } = await stage.sim.placeOrder({
    sellerId,
    marketplaceId: marketplaces[marketplace].id,
    lines: [{ sku, quantity }],
    ...(status && { status }),
    ...(programs && { programs }),
    ...(ignoreQuantity && { ignoreQuantity }),
  })
  return orderId
}

/** A buyer orders, and Lockstep has it. Answers Amazon's order id. */
export async function buyAndDownload(stage: Stage, purchase: Purchase): Promise<string> {
  const orderId = await buy(stage, purchase)
  await download(stage, { account: purchase.account, orderId })
  return orderId
}

/** Polls until the order is here: a poll that was under way may have passed it. */
export async function download(
  stage: Stage,
  { account, orderId }: { account: string; orderId: string },
): Promise<void> {
  await eventually(async () => {
    await poll(stage, account)
    expect(await stage.lockstep('orders', 'show', orderId)).toMatchObject({ status: 0 })
  })
}

/** Polls Amazon now and waits for the end of it. */
export async function poll(stage: Stage, account: string): Promise<void> {
  const { json } = await stage.lockstep('orders', 'sync', account)
  expect(json).toMatchObject({ result: 'ok' })
}
