import { randomUUID } from 'node:crypto'
import pg from 'pg'
import {
  CreateItemRequest,
  GetItemRequest,
  InventoryServiceClient,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import { call, openClient } from '@lockstep/rpc/client'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { startConstellation, type Constellation } from './constellation.ts'
import { eventually } from './eventually.ts'

let lockstep: Constellation
beforeAll(async () => {
  lockstep = await startConstellation({ services: ['inventory'], broker: 'own', simulator: { profile: 'demo' } })
})
afterAll(async () => lockstep[Symbol.asyncDispose]())

test('a killed service keeps its data and serves again after a restart', async () => {
  const sku = await createItem(lockstep.clients.inventory)
  await lockstep.kill('inventory')

  await lockstep.restart('inventory')

  expect(await skuOf(lockstep.clients.inventory, sku)).toBe(sku)
})

test('a replica serves from the same database', async () => {
  const sku = await createItem(lockstep.clients.inventory)
  const replica = await lockstep.startReplica('inventory')
  const client = openClient(InventoryServiceClient, replica.address)

  expect(await skuOf(client, sku)).toBe(sku)

  client.close()
  await replica.kill()
})

test('what a service announced while the broker was dead is on its stream after the broker is back', async () => {
  await lockstep.killBroker()
  const sku = await createItem(lockstep.clients.inventory)
  await adjust(sku)
  expect(await unpublished()).toBeGreaterThan(0)

  await lockstep.startBroker()

  await eventually(async () => expect(await unpublished()).toBe(0))
})

test('the command line finds the constellation', async () => {
  const sku = await createItem(lockstep.clients.inventory)

  expect(await lockstep.cli('items', 'show', sku)).toMatchObject({ status: 0, stderr: '' })
})

test('disposal leaves neither databases nor processes', async () => {
  const short = await startConstellation({ services: ['inventory'] })
  const database = new URL(short.databaseUrl('inventory')).pathname.slice(1)
  const pid = short.stack.process('inventory').pid

  await short[Symbol.asyncDispose]()

  expect(
    await rows(lockstep.databaseUrl('inventory'), `select 1 from pg_database where datname = '${database}'`),
  ).toEqual([])
  expect(() => process.kill(pid ?? 0, 0)).toThrow('ESRCH')
})

async function createItem(client: InventoryServiceClient): Promise<string> {
  const sku = `KIT-${randomUUID().slice(0, 8)}`
  await call(client, 'createItem', CreateItemRequest.fromPartial({ idempotencyKey: randomUUID(), sku, title: sku }), {
    timeoutMs: 10_000,
  })
  return sku
}

async function skuOf(client: InventoryServiceClient, sku: string): Promise<string | undefined> {
  const answer = await call(client, 'getItem', GetItemRequest.fromPartial({ item: sku }), {
    timeoutMs: 10_000,
    readOnly: true,
  })
  return answer.item?.sku
}

async function adjust(sku: string): Promise<void> {
  const line = { item: sku, location: '', delta: 3n }
  await call(
    lockstep.clients.inventory,
    'adjustStock',
    { idempotencyKey: randomUUID(), lines: [line], partial: false, note: '' },
    { timeoutMs: 10_000 },
  )
}

async function unpublished(): Promise<number> {
  return (await rows(lockstep.databaseUrl('inventory'), 'select 1 from outbox where published_at is null')).length
}

async function rows(url: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(statement)).rows as unknown[]
  } finally {
    await client.end()
  }
}
