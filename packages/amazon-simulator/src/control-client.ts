import type { BucketView } from './core/buckets.ts'
import type { ApplicationView } from './core/control/application.ts'
import type { FbaInventoryView } from './core/control/fba.ts'
import type { OutboundView } from './core/control/outbound.ts'
import type { FbaNumbers } from './core/fba/records.ts'
import type { FaultView } from './core/control/faults.ts'
import type { FeedRow } from './core/control/feeds.ts'
import type { ListingRow } from './core/control/listings.ts'
import type { OrderDetail, PlacedOrder } from './core/control/orders.ts'
import type { QueueView } from './core/control/queues.ts'
import type { SellerView } from './core/control/sellers.ts'
import type { SettingsView } from './core/control/settings.ts'
import type { StateView } from './core/control/state.ts'
import type { Region } from './core/marketplaces.ts'
import type { FaultAction, FaultRow, FulfilledBy, JournalEntry, OrderStatus } from './core/records.ts'
import { readOwnJson } from './core/json.ts'
import type { ProfileName, Settings } from './core/settings.ts'

/** A seller account to create or to add to. */
export interface NewSeller {
  sellerId: string
  region: Region
  marketplaceIds: string[]
  refreshToken?: string
  name?: string
  roles?: string[]
  /** Since when the refresh token counts; without it, it never runs out. */
  authorizedAt?: string
  /** The only client that may use the refresh token. */
  clientId?: string
}

/** The application's registration; what is not named stays. */
export interface ApplicationChange {
  applicationId?: string
  clientId?: string
  clientSecret?: string
  secretExpiresAt?: string
  redirectUris?: string[]
  draft?: boolean
}

/** An edit in Seller Central. With marketplaceId, asin and title an unknown SKU is created. */
export interface ListingEdit {
  sellerId: string
  sku: string
  region?: Region
  quantity?: number
  leadTimeDays?: number | null
  restockDate?: string | null
  fulfillmentChannel?: string
  marketplaceId?: string
  asin?: string
  title?: string
  price?: { amount: string; currency: string }
  closed?: boolean
  productType?: string
}

/** An order to place. */
export interface NewOrder {
  sellerId: string
  marketplaceId: string
  lines: { sku: string; quantity: number; unitPrice?: string }[]
  region?: Region
  status?: OrderStatus
  fulfilledBy?: FulfilledBy
  createdAt?: string
  shipBy?: string
  programs?: string[]
  ignoreQuantity?: boolean
}

/** Lines of an order to cancel or to ask the cancellation of. */
export interface LineSelection {
  orderItemId?: string
  sku?: string
  quantity?: number
}

/** A fault to set; without `count` or `forMs` it holds until it is removed. */
export interface NewFault {
  match?: FaultRow['match']
  action: FaultAction
  count?: number
  forMs?: number
  delayMs?: number
}

/** Which journal entries to read. */
export interface JournalFilter {
  since?: number | string
  operation?: string
  sellerId?: string
  sku?: string
  limit?: number
}

/** The simulator refused a control call. */
export class SimulatorControlError extends Error {
  override name = 'SimulatorControlError'
  readonly status: number
  readonly code: string
  readonly field: string | undefined

  constructor(status: number, error: { code: string; message: string; field?: string }) {
    super(`${error.code}: ${error.message}`)
    this.status = status
    this.code = error.code
    this.field = error.field
  }
}

/** A client of the control API at the simulator's base URL. Every method rejects with SimulatorControlError when refused. */
export type SimulatorControl = ReturnType<typeof simulatorControl>

/** Opens no connection until a method is called. */
export function simulatorControl(url: string) {
  const get = <Answer>(path: string, query: object = {}) =>
    call<Answer>(url, { method: 'GET', path: `${path}${search(query)}` })
  const post = <Answer>(path: string, body: object = {}) => call<Answer>(url, { method: 'POST', path, body })
  return {
    url,
    putSeller: (seller: NewSeller) => post<SellerView>('/sellers', seller),
    putListing: (edit: ListingEdit) => call<ListingRow>(url, { method: 'PUT', path: '/listings', body: edit }),
    listings: async (which: { sellerId?: string; sku?: string } = {}) =>
      (await get<{ listings: ListingRow[] }>('/listings', which)).listings,
    /** The one listing with this SKU; rejects with NOT_FOUND when there is none. */
    listing: async (sellerId: string, sku: string) => {
      const [row] = (await get<{ listings: ListingRow[] }>('/listings', { sellerId, sku })).listings
      if (row) return row
      throw new SimulatorControlError(404, {
        code: 'NOT_FOUND',
        field: 'sku',
        message: `seller ${sellerId} has no listing '${sku}'`,
      })
    },
    placeOrder: (placement: NewOrder) => post<PlacedOrder>('/orders', placement),
    order: (orderId: string) => get<OrderDetail>(orderPath(orderId)),
    cancelOrder: (orderId: string, options: { lines?: LineSelection[]; restock?: boolean } = {}) =>
      post<OrderDetail>(`${orderPath(orderId)}/cancel`, options),
    requestCancellation: (orderId: string, options: { lines?: LineSelection[] } = {}) =>
      post<OrderDetail>(`${orderPath(orderId)}/request-cancel`, options),
    payOrder: (orderId: string) => post<OrderDetail>(`${orderPath(orderId)}/pay`),
    shipOrder: (orderId: string, tracking?: string) =>
      post<OrderDetail>(`${orderPath(orderId)}/ship`, tracking === undefined ? {} : { tracking }),
    deliverOrder: (orderId: string) => post<OrderDetail>(`${orderPath(orderId)}/deliver`),
    feeds: async (sellerId: string, region?: Region) =>
      (await get<{ feeds: FeedRow[] }>('/feeds', { sellerId, region })).feeds,
    resumeFeed: (feedId: string) => post<FeedRow>(`/feeds/${encodeURIComponent(feedId)}/resume`),
    journal: (filter: JournalFilter = {}) => get<{ entries: JournalEntry[]; nextSince: number }>('/journal', filter),
    settings: () => get<SettingsView>('/settings'),
    changeSettings: (settings: Partial<Settings> & { profile?: ProfileName }) =>
      post<SettingsView>('/settings', settings),
    advanceClock: (advanceMs: number) => post<StateView['clock']>('/clock', { advanceMs }),
    state: () => get<StateView>('/state'),
    reset: () => post<StateView>('/reset'),
    addFault: (fault: NewFault) => post<{ id: string }>('/faults', fault),
    faults: async () => (await get<{ faults: FaultView[] }>('/faults')).faults,
    removeFault: (id: string) => call<unknown>(url, { method: 'DELETE', path: `/faults/${encodeURIComponent(id)}` }),
    clearFaults: () => call<unknown>(url, { method: 'DELETE', path: '/faults' }),
    changeRoles: (change: { sellerId: string; region?: Region; grant?: string[]; revoke?: string[] }) =>
      post<{ sellerId: string; roles: string[] }>('/roles', change),
    changeApplication: (change: ApplicationChange) => post<ApplicationView>('/application', change),
    putFbaInventory: (
      edit: { sellerId: string; region?: Region; sku: string; marketplaceId: string } & Partial<FbaNumbers>,
    ) => call<FbaInventoryView>(url, { method: 'PUT', path: '/fba-inventory', body: edit }),
    outboundOrders: async (sellerId: string, region?: Region) =>
      (await get<{ orders: OutboundView[] }>('/outbound-orders', { sellerId, region })).orders,
    changeOutboundOrder: (change: { sellerId: string; region?: Region; id: string; stuck: boolean }) =>
      post<OutboundView>('/outbound-orders', change),
    queues: async () => (await get<{ queues: QueueView[] }>('/queues')).queues,
    application: () => get<ApplicationView>('/application'),
    buckets: async (sellerId: string, region?: Region) =>
      (await get<{ buckets: BucketView[] }>('/buckets', { sellerId, region })).buckets,
  }
}

const timeoutMs = 30_000

async function call<Answer>(url: string, request: { method: string; path: string; body?: object }): Promise<Answer> {
  const response = await fetch(`${url}/_sim${request.path}`, {
    method: request.method,
    signal: AbortSignal.timeout(timeoutMs),
    ...(request.body ? { headers: { 'content-type': 'application/json' }, body: JSON.stringify(request.body) } : {}),
  })
  const text = await response.text()
  if (!response.ok) throw new SimulatorControlError(response.status, refusalIn(text))
  return readOwnJson<Answer>(text)
}

function refusalIn(text: string): { code: string; message: string; field?: string } {
  return readOwnJson<{ error: { code: string; message: string; field?: string } }>(text).error
}

function orderPath(orderId: string): string {
  return `/orders/${encodeURIComponent(orderId)}`
}

function search(query: object): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) params.set(name, String(value))
  return params.size > 0 ? `?${params.toString()}` : ''
}
