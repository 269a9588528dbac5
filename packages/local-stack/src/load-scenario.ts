import { createHash } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { simulatorControl, type SimulatorControl } from '@lockstep/amazon-simulator/control-client'
import {
  AccountServiceClient,
  CreateAccountRequest,
  MapLocationsRequest,
  UpdateAccountSettingsRequest,
} from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import {
  LinkListingRequest,
  MappingServiceClient,
  RefreshListingsRequest,
} from '@lockstep/contracts/generated/lockstep/channel/v1/mapping_service.ts'
import { DryRunRequest, SyncServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/sync_service.ts'
import {
  ImportItemsRequest,
  InventoryServiceClient,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import { call, openClient } from '@lockstep/rpc/client'
import { refusalOf } from '@lockstep/rpc/refusal'
import { marketplaces, type Scenario, type ScenarioListing } from './scenario.ts'
import type { Stack } from './stack.ts'

export interface LoadOptions {
  say: (line: string) => void
  giveUp?: AbortSignal | undefined
}

type Target = Pick<Stack, 'address' | 'simulatorUrl'>

/**
 * Brings a scenario into a running stack: sellers and listings into the simulator, everything else through the services' own gRPC.
 * Every step may be repeated, so an interrupted load is finished by the next one. Ends with Update inventory on for every account.
 */
export async function loadScenario(target: Target, scenario: Scenario, options: LoadOptions): Promise<void> {
  await using loader = new Loader(target, scenario, options)
  await loader.fillSimulator()
  await loader.importItems()
  await loader.createAccounts()
  await loader.linkListings()
  await loader.turnOnUpdates()
}

const listingsWithinMs = 120_000
/** As many lines as one import may have. */
const mostImportLines = 1_000

class Loader implements AsyncDisposable {
  readonly #scenario: Scenario
  readonly #options: LoadOptions
  readonly #simulator: SimulatorControl
  readonly #inventory: InventoryServiceClient
  readonly #accounts: AccountServiceClient
  readonly #mapping: MappingServiceClient
  readonly #sync: SyncServiceClient

  constructor(target: Target, scenario: Scenario, options: LoadOptions) {
    const connector = target.address('channel-connector')
    this.#scenario = scenario
    this.#options = options
    this.#simulator = simulatorControl(target.simulatorUrl)
    this.#inventory = openClient(InventoryServiceClient, target.address('inventory'))
    this.#accounts = openClient(AccountServiceClient, connector)
    this.#mapping = openClient(MappingServiceClient, connector)
    this.#sync = openClient(SyncServiceClient, connector)
  }

  async fillSimulator(): Promise<void> {
    for (const { sellerId, region, refreshToken, accounts } of this.#scenario.sellers) {
      const marketplaceIds = accounts.map(({ marketplace }) => marketplaces[marketplace].id)
      await this.#simulator.putSeller({
        sellerId,
        region,
        refreshToken,
        marketplaceIds,
        name: `Simulated seller ${sellerId}`,
      })
    }
    for (const listing of this.#scenario.listings) await this.#putListing(listing)
  }

  async importItems(): Promise<void> {
    const lines = this.#scenario.items.map(({ sku, title, onHand }) => ({ sku, title, onHand: BigInt(onHand) }))
    for (let first = 0; first < lines.length; first += mostImportLines) {
      const slice = lines.slice(first, first + mostImportLines)
      const idempotencyKey = first === 0 ? this.#key('items') : this.#key('items', String(first))
      await call(
        this.#inventory,
        'importItems',
        ImportItemsRequest.fromPartial({ idempotencyKey, lines: slice }),
        this.#settings(),
      )
    }
  }

  async createAccounts(): Promise<void> {
    for (const { sellerId, refreshToken, accounts } of this.#scenario.sellers) {
      for (const { name, marketplace } of accounts) {
        const account = CreateAccountRequest.fromPartial({
          idempotencyKey: this.#key('account', name),
          name,
          sellerId,
          marketplace,
          refreshToken,
        })
        await this.#unlessRefusedAs('ACCOUNT_EXISTS', call(this.#accounts, 'createAccount', account, this.#settings()))
        const enabled = UpdateAccountSettingsRequest.fromPartial({
          idempotencyKey: this.#key('enable', name),
          account: name,
          enabled: true,
        })
        await call(this.#accounts, 'updateAccountSettings', enabled, this.#settings())
        const locations = MapLocationsRequest.fromPartial({
          idempotencyKey: this.#key('locations', name),
          account: name,
          locations: ['Default'],
        })
        await call(this.#accounts, 'mapLocations', locations, this.#settings())
      }
    }
  }

  /**
   * Listings come by Amazon's own report, as they do for any seller; the simulator is told to make it at once. Reports are asked for one a minute
   * per seller, so each account is linked as soon as its own is there.
   */
  async linkListings(): Promise<void> {
    const { reportMs } = await this.#simulator.settings()
    await this.#simulator.changeSettings({ reportMs: 0 })
    try {
      await Promise.all(this.#accountNames().map((name) => this.#linkListingsOf(name)))
    } finally {
      await this.#simulator.changeSettings({ reportMs })
    }
  }

  async turnOnUpdates(): Promise<void> {
    for (const name of this.#accountNames()) await this.#turnOnUpdatesOf(name)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of [this.#inventory, this.#accounts, this.#mapping, this.#sync]) client.close()
  }

  async #putListing({ sellerId, sku, quantity, fulfilledByAmazon, accounts }: ScenarioListing): Promise<void> {
    const seller = this.#scenario.sellers.find((candidate) => candidate.sellerId === sellerId)
    for (const { name, marketplace } of seller?.accounts ?? []) {
      if (!accounts.includes(name)) continue
      const { id, currency } = marketplaces[marketplace]
      await this.#simulator.putListing({
        sellerId,
        sku,
        quantity,
        ...(fulfilledByAmazon && { fulfillmentChannel: `AMAZON_${seller?.region}` }),
        marketplaceId: id,
        asin: asinFor(sku),
        title: this.#titleOf(sku),
        price: { amount: '9.99', currency },
      })
    }
  }

  async #linkListingsOf(account: string): Promise<void> {
    const refresh = RefreshListingsRequest.fromPartial({ idempotencyKey: this.#key('refresh', account), account })
    await call(this.#mapping, 'refreshListings', refresh, this.#settings())
    const listings = this.#scenario.listings.filter(({ accounts }) => accounts.includes(account))
    const deadline = performance.now() + listingsWithinMs
    await inSlices(listings, async ({ sku, item }) => {
      if (item === undefined) return
      while (!(await this.#isLinked({ account, channelSku: sku, item }))) {
        if (performance.now() > deadline)
          throw new Error(`Amazon’s report did not bring ${sku} of ${account} within ${listingsWithinMs / 1_000} s`)
        await delay(500, undefined, { signal: this.#options.giveUp })
      }
    })
  }

  /** Links; false while the listing has not come yet. */
  async #isLinked(link: { account: string; channelSku: string; item: string }): Promise<boolean> {
    const idempotencyKey = this.#key('link', link.account, link.channelSku)
    try {
      await call(
        this.#mapping,
        'linkListing',
        LinkListingRequest.fromPartial({ ...link, idempotencyKey }),
        this.#settings(),
      )
      return true
    } catch (error) {
      if (refusalOf(error)?.reason === 'LISTING_UNKNOWN') return false
      throw error
    }
  }

  /** A confirmation is for the outcome that was shown; while orders and quantities still move, another look may be needed. */
  async #turnOnUpdatesOf(account: string): Promise<void> {
    for (let look = 1; ; look += 1) {
      const { confirmation, zerosConfirmation } = await call(
        this.#sync,
        'dryRun',
        DryRunRequest.fromPartial({ account }),
        {
          ...this.#settings(),
          readOnly: true,
        },
      )
      const turnOn = UpdateAccountSettingsRequest.fromPartial({
        idempotencyKey: this.#key('update', account, confirmation),
        account,
        updateInventory: true,
        confirmation,
        zerosConfirmation,
      })
      try {
        await call(this.#accounts, 'updateAccountSettings', turnOn, this.#settings())
        return
      } catch (error) {
        if (refusalOf(error)?.reason !== 'CONFIRMATION_STALE' || look === 5) throw error
      }
    }
  }

  #accountNames(): string[] {
    return this.#scenario.sellers.flatMap(({ accounts }) => accounts.map(({ name }) => name))
  }

  #titleOf(sku: string): string {
    const listing = this.#scenario.listings.find((candidate) => candidate.sku === sku)
    return this.#scenario.items.find((item) => item.sku === listing?.item)?.title ?? sku
  }

  #key(...parts: readonly string[]): string {
    return [this.#scenario.name, ...parts].join(':')
  }

  #settings(): { timeoutMs: number; actor: string; signal?: AbortSignal } {
    const { giveUp } = this.#options
    return { timeoutMs: 30_000, actor: this.#scenario.name, ...(giveUp && { signal: giveUp }) }
  }

  async #unlessRefusedAs(reason: string, answer: Promise<unknown>): Promise<void> {
    try {
      await answer
    } catch (error) {
      if (refusalOf(error)?.reason !== reason) throw error
    }
  }
}

async function inSlices<T>(entries: readonly T[], work: (entry: T) => Promise<void>): Promise<void> {
  const size = 8
  for (let first = 0; first < entries.length; first += size)
    await Promise.all(entries.slice(first, first + size).map(work))
}

/** Ten characters like Amazon's own, the same for the same SKU. */
function asinFor(sku: string): string {
  return `B0${createHash('sha256').update(sku).digest('hex').slice(0, 8).toUpperCase()}`
}
