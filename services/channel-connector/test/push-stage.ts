import { randomBytes } from 'node:crypto'

import type { JournalEntry } from '@lockstep/amazon-simulator/core/records'
import { systemIds } from '@lockstep/contracts/ids'
import { findMarketplace } from '@lockstep/sp-api/marketplaces'
import { type Kysely, sql } from 'kysely'
import { pino } from 'pino'

import { type AmazonCall, callAmazon } from '../src/commands/call-amazon.ts'
import { checkConfirmation, dryRun } from '../src/commands/dry-run.ts'
import { takeInAvailability } from '../src/commands/take-in-availability.ts'
import { takeInOrders, takeInPoll } from '../src/commands/take-in-orders.ts'
import { type PushLoop, startPushLoop } from '../src/due/push-loop.ts'
import type { Explanation } from '../src/domain/explanation.ts'
import { explainListing } from '../src/queries/explain-listing.ts'
import type { Account } from '../src/store/accounts.ts'
import type { ChannelDb } from '../src/store/database.ts'
import type { RecomputeCause } from '../src/store/pipeline-tables.ts'
import { queueRecompute } from '../src/store/recompute.ts'
import { gatewayStage, type GatewayStage } from './gateway-fixtures.ts'

/** A listing to put on Amazon and link here. */
export interface StagedListing {
  account: Account
  sku: string
  item?: string
  /** What Amazon holds at first. */
  live?: number
  leadTimeDays?: number
}

/** The push on a real database, gateway and simulator, with inventory and order-download played by the test. */
export interface PushStage extends AsyncDisposable, Pick<GatewayStage, 'sim'> {
  db: Kysely<ChannelDb>
  /** A seller with one account per marketplace, each summing the locations given for it; Update inventory on. */
  givenSeller(marketplaces: Record<string, string[]>): Promise<Record<string, Account>>
  /** Puts listings on Amazon and links them to items here. */
  givenListings(listings: StagedListing[]): Promise<void>
  /** Inventory announces what is available. */
  announce(
    item: string,
    available: number,
    more?: { location?: string; cause?: Partial<RecomputeCause> },
  ): Promise<void>
  /** The newest push; `startPush` starts another beside it, `stopPush` ends all. */
  startPush(options?: { requestTimeoutMs?: number }): PushLoop
  stopPush(): Promise<void>
  /** Order-download ends a poll that reached up to now. */
  coverOrders(account: Account): Promise<void>
  /** Order-download takes in an order that was placed on Amazon. */
  takeInOrder(account: Account, order: { orderId: string; sku: string; units: number; createdAt: Date }): Promise<void>
  why(account: Account, sku: string, at?: Date): Promise<Explanation>
  /** Writes of a SKU that reached Amazon, oldest first. */
  writes(account: Account, sku?: string): Promise<JournalEntry[]>
  /** Runs the account's dry run and passes its confirmation, as turning Update inventory on does. */
  confirm(account: Account): Promise<void>
  poke(): void
}

/** Starts a simulator and a database; no push runs yet. */
export async function pushStage(): Promise<PushStage> {
  const stage = await gatewayStage()
  const { db, sim } = stage
  const log = pino({ level: process.env['TEST_LOG'] ?? 'silent' })
  const loops: PushLoop[] = []
  const poke = (): void => loops.forEach((loop) => loop.poke())
  const versions = new Map<string, number>()
  let sellers = 0

  return {
    sim,
    db,
    poke,
    async givenSeller(marketplaces) {
      sellers += 1
      const sellerId = `A${randomBytes(4).toString('hex').toUpperCase()}${sellers}`
      const ids = Object.keys(marketplaces).map((code) => findMarketplace(code)?.id ?? '')
      const accounts: Record<string, Account> = {}
      for (const [marketplace, locations] of Object.entries(marketplaces)) {
        const account = await stage.givenAccount(sellerId, { marketplace })
        accounts[marketplace] = account
        await openAccount(db, account, locations)
      }
      const region = findMarketplace(Object.keys(marketplaces)[0] ?? '')?.region ?? 'EU'
      await sim.putSeller({ sellerId, region, marketplaceIds: ids, refreshToken: `Atzr|${sellerId}` })
      return accounts
    },
    givenListings: (listings) => givenListings(stage, listings, poke),
    async announce(item, available, { location = 'loc_1', cause = {} } = {}) {
      const version = (versions.get(`${item} ${location}`) ?? 0) + 1
      versions.set(`${item} ${location}`, version)
      const figures = [{ itemId: item, locationId: location, available, version }]
      const full = { kind: 'stock_set', reference: '', actor: 'test', note: '', ...cause }
      await takeInAvailability({ db, ids: systemIds, poke }, [{ itemId: item, figures, cause: full }])
    },
    startPush({ requestTimeoutMs = 10_000 } = {}) {
      const gateway = stage.openGateway({ requestTimeoutMs })
      const loop = startPushLoop({
        db,
        log,
        ids: systemIds,
        process: `test-${loops.length}`,
        callAmazon: (call) => callAmazon(gateway, call),
        announce: () => undefined,
      })
      loops.push(loop)
      return loop
    },
    async confirm(account) {
      const gateway = stage.openGateway()
      const signal = AbortSignal.timeout(20_000)
      const deps = { db, callAmazon: (call: AmazonCall) => callAmazon(gateway, call) }
      const { confirmation } = await dryRun(deps, { idOrName: account.id, signal })
      await db.transaction().execute((tx) => checkConfirmation(tx, account.id, confirmation))
      poke()
    },
    async stopPush() {
      await Promise.all(loops.splice(0).map((loop) => loop[Symbol.asyncDispose]()))
    },
    async coverOrders(account) {
      const { connectionId, id } = account
      const poll = { connectionId, coveredUntil: new Date(), accountIds: [id], orders: [], wentLiveAccountIds: [] }
      await takeInPoll({ db, poke }, poll)
    },
    async takeInOrder(account, { orderId, sku, units, createdAt }) {
      const line = { orderLineId: `oln_${orderId}`, channelSku: sku, units, itemId: '' }
      await takeInOrders({ db, poke }, [
        { orderId, connectionId: account.connectionId, revision: 1, createdAt, lines: [line] },
      ])
    },
    async why(account, sku, at) {
      return (await explainListing(db, { account: account.id, channelSku: sku, at })).explanation
    },
    async writes(account, sku) {
      const filter = { operation: 'patchListingsItem', sellerId: account.sellerId, ...(sku !== undefined && { sku }) }
      return (await sim.journal({ ...filter, limit: 1000 })).entries
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(loops.splice(0).map((loop) => loop[Symbol.asyncDispose]()))
      await stage[Symbol.asyncDispose]()
    },
  }
}

async function openAccount(db: Kysely<ChannelDb>, account: Account, locations: readonly string[]): Promise<void> {
  await sql`update account set update_inventory = true, order_location_id = ${locations[0] ?? null} where id = ${account.id}`.execute(
    db,
  )
  for (const id of locations) {
    await sql`insert into location (id, name, kind) values (${id}, ${id}, 'own') on conflict do nothing`.execute(db)
    await sql`insert into account_location (account_id, location_id) values (${account.id}, ${id})`.execute(db)
  }
  await sql`
    insert into account_orders (account_id, connection_id, went_live_at) values (${account.id}, ${account.connectionId}, now())`.execute(
    db,
  )
}

async function givenListings(
  { db, sim }: Pick<GatewayStage, 'db' | 'sim'>,
  listings: readonly StagedListing[],
  poke: () => void,
): Promise<void> {
  for (const { account, sku, live, leadTimeDays } of listings) {
    const { sellerId, marketplaceId } = account
    const offer = { sellerId, sku, marketplaceId, asin: 'B000000001', title: sku }
    await sim.putListing({
      ...offer,
      ...(live !== undefined && { quantity: live }),
      ...(leadTimeDays !== undefined && { leadTimeDays }),
    })
  }
  await db.transaction().execute(async (tx) => {
    const groups = new Set<string>()
    for (const { account, sku, item = `itm_${sku}` } of listings) {
      const groupId = `grp_${account.connectionId}_${Buffer.from(sku).toString('hex')}`
      groups.add(groupId)
      await sql`
        insert into sku_group (id, connection_id, channel_sku) values (${groupId}, ${account.connectionId}, ${sku})
        on conflict do nothing`.execute(tx)
      await sql`
        insert into listing (id, account_id, group_id, marketplace_id, channel_sku, item_id, item_sku, linked_at)
        values (${systemIds.next('lst')}, ${account.id}, ${groupId}, ${account.marketplaceId}, ${sku}, ${item}, ${item}, now())`.execute(
        tx,
      )
    }
    await queueRecompute(tx, [...groups], { kind: 'linked', reference: '', actor: 'test', note: '' })
  })
  poke()
}
