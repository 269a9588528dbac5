import { randomBytes } from 'node:crypto'

import type { JournalEntry } from '@lockstep/amazon-simulator/core/records'
import { systemIds } from '@lockstep/contracts/ids'
import { findMarketplace } from '@lockstep/sp-api/marketplaces'
import { type Kysely, sql } from 'kysely'
import { pino } from 'pino'

import { type AmazonCall, callAmazon, type CallAmazonDeps } from '../src/commands/call-amazon.ts'
import type { CallAmazon } from '../src/commands/read-live.ts'
import { checkConfirmation } from '../src/commands/check-confirmation.ts'
import { dryRun } from '../src/commands/dry-run.ts'
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
  /** Null leaves it unlinked. */
  item?: string | null
  /** What Amazon holds at first. */
  live?: number
  leadTimeDays?: number
}

/** An order of one line. */
export interface TakenOrder {
  orderId: string
  sku: string
  units: number
  createdAt: Date
  /** The item whose availability falls by it; without one its line waits for a link. */
  item?: string
  revision?: number
}

/** The push on a real database, gateway and simulator, with inventory and order-download played by the test. */
export interface PushStage extends AsyncDisposable, Pick<GatewayStage, 'sim' | 'elsewhere' | 'openGateway'> {
  db: Kysely<ChannelDb>
  /** A seller with one account per marketplace, each summing the locations given for it; Update inventory on. */
  givenSeller(marketplaces: Record<string, string[]>): Promise<Record<string, Account>>
  /** Puts listings on Amazon and links them to items here, unless told otherwise. */
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
  coverOrders(account: Account, until?: Date): Promise<void>
  /** Order-download takes in an order that was placed on Amazon. */
  takeInOrder(account: Account, order: TakenOrder): Promise<void>
  why(account: Account, sku: string, at?: Date): Promise<Explanation>
  /** One call to Amazon through a gateway of its own. */
  callAmazon: CallAmazon
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
  const loops: PushLoop[] = []
  let gateway: CallAmazonDeps | undefined
  const calling = (): CallAmazonDeps => (gateway ??= stage.openGateway())
  const poke = (): void => loops.forEach((loop) => loop.poke())
  const stopPush = async (): Promise<void> => {
    await Promise.all(loops.splice(0).map((loop) => loop[Symbol.asyncDispose]()))
  }
  return {
    sim,
    elsewhere: stage.elsewhere,
    openGateway: (more) => stage.openGateway(more),
    db,
    poke,
    stopPush,
    ...playedPeers(db, poke),
    givenSeller: (marketplaces) => givenSeller(stage, marketplaces),
    givenListings: (listings) => givenListings(stage, listings, poke),
    startPush(options = {}) {
      const loop = startOnePush(stage, { name: `test-${loops.length}`, ...options })
      loops.push(loop)
      return loop
    },
    callAmazon: (call) => callAmazon(calling(), call),
    confirm: (account) => confirm(stage, account, poke),
    async why(account, sku, at) {
      return (await explainListing(db, { account: account.id, channelSku: sku, at })).explanation
    },
    async writes(account, sku) {
      const filter = { operation: 'patchListingsItem', sellerId: account.sellerId, ...(sku !== undefined && { sku }) }
      return (await sim.journal({ ...filter, limit: 1000 })).entries
    },
    async [Symbol.asyncDispose]() {
      await stopPush()
      await stage[Symbol.asyncDispose]()
    },
  }
}

/** Inventory and order-download, as far as they are heard of. */
function playedPeers(
  db: Kysely<ChannelDb>,
  poke: () => void,
): Pick<PushStage, 'announce' | 'coverOrders' | 'takeInOrder'> {
  const versions = new Map<string, number>()
  return {
    async announce(item, available, { location = 'loc_1', cause = {} } = {}) {
      const version = (versions.get(`${item} ${location}`) ?? 0) + 1
      versions.set(`${item} ${location}`, version)
      const figures = [{ itemId: item, locationId: location, available, version }]
      const full = { kind: 'stock_set', reference: '', actor: 'test', note: '', ...cause }
      await takeInAvailability({ db, ids: systemIds, poke }, [{ itemId: item, figures, cause: full }])
    },
    async coverOrders({ connectionId, id }, until = new Date()) {
      const poll = { connectionId, coveredUntil: until, accountIds: [id], orders: [], wentLiveAccountIds: [] }
      await takeInPoll({ db, poke }, poll)
    },
    async takeInOrder({ connectionId, marketplaceId }, { orderId, sku, units, createdAt, item = '', revision = 1 }) {
      const line = { orderLineId: `oln_${orderId}`, channelSku: sku, units, itemId: item, awaitsPlace: item === '' }
      await takeInOrders({ db, poke }, [{ orderId, connectionId, marketplaceId, revision, createdAt, lines: [line] }])
    },
  }
}

function startOnePush(stage: GatewayStage, options: { name: string; requestTimeoutMs?: number }): PushLoop {
  const gateway = stage.openGateway(options)
  return startPushLoop({
    db: stage.db,
    log: pino({ level: 'silent' }),
    ids: systemIds,
    process: options.name,
    callAmazon: (call) => callAmazon(gateway, call),
    announce: () => undefined,
  })
}

async function confirm(stage: GatewayStage, account: Account, poke: () => void): Promise<void> {
  const gateway = stage.openGateway()
  const signal = AbortSignal.timeout(20_000)
  const call = (wanted: AmazonCall) => callAmazon(gateway, wanted)
  const deps = { db: stage.db, zerosSharePercent: 10, callAmazon: call }
  const { confirmation, zerosConfirmation } = await dryRun(deps, { idOrName: account.id, signal })
  const given = { confirmation, zerosConfirmation: zerosConfirmation ?? '', change: { updateInventory: true } }
  await stage.db.transaction().execute((tx) => checkConfirmation(tx, account, given))
  poke()
}

let sellers = 0

async function givenSeller(
  stage: GatewayStage,
  marketplaces: Record<string, string[]>,
): Promise<Record<string, Account>> {
  sellers += 1
  const sellerId = `A${randomBytes(4).toString('hex').toUpperCase()}${sellers}`
  const ids = Object.keys(marketplaces).map((code) => findMarketplace(code)?.id ?? '')
  const accounts: Record<string, Account> = {}
  for (const [marketplace, locations] of Object.entries(marketplaces)) {
    const account = await stage.givenAccount(sellerId, { marketplace })
    accounts[marketplace] = account
    await openAccount(stage.db, account, locations)
  }
  const region = findMarketplace(Object.keys(marketplaces)[0] ?? '')?.region ?? 'EU'
  await stage.sim.putSeller({ sellerId, region, marketplaceIds: ids, refreshToken: `Atzr|${sellerId}` })
  return accounts
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
        values (${systemIds.next('lst')}, ${account.id}, ${groupId}, ${account.marketplaceId}, ${sku}, ${item}, ${item},
                case when ${item}::text is not null then now() end)`.execute(tx)
    }
    await queueRecompute(tx, [...groups], { kind: 'linked', reference: '', actor: 'test', note: '' })
  })
  poke()
}
