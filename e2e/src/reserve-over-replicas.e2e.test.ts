import { afterAll, beforeAll, expect, test } from '@jest/globals'
import {
  InventoryServiceClient,
  type ReserveStockRequest,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import { call, openClient } from '@lockstep/rpc/client'
import { refusalOf } from '@lockstep/rpc/refusal'
import { startConstellation, type Constellation } from '@lockstep/testkit/constellation'
import { shuffled } from './stage/shuffled.ts'

const callers = 200
const units = 10
const settings = { timeoutMs: 60_000, actor: 'shop' }

let constellation: Constellation
let replicas: InventoryServiceClient[]

beforeAll(async () => {
  constellation = await startConstellation({ services: ['inventory'] })
  const [second, third] = await Promise.all([
    constellation.startReplica('inventory'),
    constellation.startReplica('inventory'),
  ])
  const addresses = [constellation.address('inventory'), second.address, third.address]
  replicas = addresses.map((address) => openClient(InventoryServiceClient, address))
})

afterAll(async () => {
  for (const replica of replicas) replica.close()
  await constellation[Symbol.asyncDispose]()
})

test.each([1, 2, 3])(
  '[R01] of 200 callers at three replicas exactly 10 get one of 10 units, and a repeat gets its first answer (seed %i)',
  async (seed) => {
    const sku = `LAST-TEN-${seed}`
    await stockOf(sku, units)

    const asked = Array.from({ length: callers }, (_, caller) => `${sku}:${caller}`)
    const answers = await reserveAll(sku, shuffled(asked, seed))
    const winners = asked.filter((key) => answers.get(key)?.startsWith('rsv_'))
    const repeated = await reserveAll(sku, shuffled(winners, seed + 1))

    expect(outcomesOf(answers)).toEqual({ reserved: units, INSUFFICIENT_STOCK: callers - units })
    expect(winners.map((key) => repeated.get(key))).toEqual(winners.map((key) => answers.get(key)))
    const { levels } = await call(replicas[0] as InventoryServiceClient, 'getStock', { item: sku }, settings)
    expect(levels).toMatchObject([{ onHand: 10n, reserved: 10n, held: 0n, available: 0n }])
    expect(await reservationsInLedger(sku)).toBe(units)
  },
)

async function stockOf(sku: string, onHand: number): Promise<void> {
  const lines = [{ sku, title: sku, onHand: BigInt(onHand), location: '' }]
  await call(constellation.clients.inventory, 'importItems', { idempotencyKey: sku, lines, checkOnly: false }, settings)
}

/** Everybody asks at once, each the next replica. Answers what each was told: its reservation, or why there is none. */
async function reserveAll(sku: string, keys: readonly string[]): Promise<Map<string, string>> {
  const asked = keys.map(async (key, turn): Promise<[string, string]> => {
    const request = { idempotencyKey: key, lines: [{ item: sku, location: '', quantity: 1n }], reference: key }
    return [key, await reserve(replicas[turn % replicas.length] as InventoryServiceClient, request)]
  })
  return new Map(await Promise.all(asked))
}

async function reserve(replica: InventoryServiceClient, request: ReserveStockRequest): Promise<string> {
  try {
    return (await call(replica, 'reserveStock', request, settings)).reservationId
  } catch (error) {
    return refusalOf(error)?.reason ?? String(error)
  }
}

function outcomesOf(answers: ReadonlyMap<string, string>): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const answer of answers.values()) {
    const outcome = answer.startsWith('rsv_') ? 'reserved' : answer
    counts[outcome] = (counts[outcome] ?? 0) + 1
  }
  return counts
}

async function reservationsInLedger(sku: string): Promise<number> {
  const page = { size: 1_000, token: '' }
  const { movements } = await call(
    constellation.clients.inventory,
    'listMovements',
    { item: sku, location: '', page },
    settings,
  )
  return movements.filter(({ reservedChange }) => reservedChange === 1n).length
}
