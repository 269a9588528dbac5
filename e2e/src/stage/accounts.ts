import { expect } from '@jest/globals'
import { marketplaces } from '@lockstep/local-stack/scenario'
import { eventually } from '@lockstep/testkit/eventually'
import type { OnAmazon } from './amazon.ts'
import type { Stage } from './open-stage.ts'

type Marketplace = keyof typeof marketplaces

export interface NewAccount {
  sellerId: string
  name: string
  marketplace?: Marketplace
  /** Whose stock is summed. */
  locations?: readonly string[]
}

/** Runs a command that is expected to work and answers its document. */
export async function run(stage: Stage, ...args: readonly string[]): Promise<unknown> {
  const answer = await stage.lockstep(...args)
  expect(answer).toMatchObject({ status: 0, stderr: '' })
  return answer.json
}

/** Signs a seller of the simulator up for one marketplace. Update inventory is off, as it is for every new account. */
export async function addAccount(
  stage: Stage,
  { sellerId, name, marketplace = 'UK', locations }: NewAccount,
): Promise<void> {
  const refreshToken = await signUp(stage, sellerId, [marketplace])
  const add = ['accounts', 'add', '--seller', sellerId, '--marketplace', marketplace, '--name', name]
  expect(await stage.lockstepWithInput(`${refreshToken}\n`, ...add)).toMatchObject({ status: 0 })
  await run(stage, 'locations', 'map', name, ...(locations ?? ['Default']))
  await run(stage, 'accounts', 'enable', name)
}

/** Opens the seller in these marketplaces and answers its refresh token; those it sells in already stay. */
export async function signUp({ sim }: Stage, sellerId: string, codes: readonly Marketplace[]): Promise<string> {
  const refreshToken = `Atzr|${sellerId}`
  const region = codes.includes('US') ? 'NA' : 'EU'
  await sim.putSeller({ sellerId, region, marketplaceIds: codes.map((code) => marketplaces[code].id), refreshToken })
  return refreshToken
}

/** The seller lists a SKU on Amazon in these marketplaces. */
export async function list(
  stage: Stage,
  listing: OnAmazon & { quantity: number; marketplaces?: readonly Marketplace[]; title?: string },
): Promise<void> {
  const { sellerId, sku, quantity, title = `Item ${sku}`, marketplaces: codes = ['UK'] } = listing
  await signUp(stage, sellerId, codes)
  for (const marketplace of codes) {
    const { id, currency } = marketplaces[marketplace]
    await stage.sim.putListing({
      sellerId,
      sku,
      quantity,
      marketplaceId: id,
      asin: `B0${Buffer.from(sku).toString('hex').toUpperCase().padEnd(8, '0').slice(0, 8)}`,
      title,
      price: { amount: '9.99', currency },
    })
  }
}

/** Links a listing as soon as Amazon's report has brought it. */
export async function link(
  stage: Stage,
  account: string,
  { sku, item = sku }: { sku: string; item?: string },
): Promise<void> {
  await eventually(async () => {
    await run(stage, 'mapping', 'link', account, sku, item)
  })
}

/** Confirms what the dry run shows, until nothing moves in between, and so turns Update inventory on. */
export async function turnOnUpdates(stage: Stage, account: string): Promise<void> {
  await eventually(async () => {
    const shown = (await run(stage, 'sync', 'dry-run', account)) as Shown
    const confirmed = ['--confirm', shown.confirmation, ...zerosOf(shown)]
    await run(stage, 'accounts', 'settings', account, '--update-inventory', 'on', ...confirmed)
  })
}

/** What a dry run gives to confirm it with. */
interface Shown {
  confirmation: string
  zeros_confirmation: string | null
}

function zerosOf({ zeros_confirmation: zeros }: Shown): string[] {
  return zeros === null ? [] : ['--zeros', zeros]
}

/** Changes settings as a person does who has looked at what goes to 0. */
export async function changeSettings(stage: Stage, account: string, options: readonly string[]): Promise<void> {
  const command = ['accounts', 'settings', account, ...options]
  const shown = (await run(stage, ...command, '--dry-run')) as Shown
  await run(stage, ...command, ...zerosOf(shown))
}
