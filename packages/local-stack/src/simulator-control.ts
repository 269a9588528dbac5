import { z } from 'zod'

const Stock = z.looseObject({ quantity: z.number(), leadTimeDays: z.number().nullable(), at: z.string() })

const ListingRow = z.looseObject({
  sellerId: z.string(),
  region: z.string(),
  sku: z.string(),
  fulfillmentChannel: z.string(),
  marketplaceIds: z.array(z.string()),
  submitted: Stock.extend({ by: z.string() }),
  live: Stock,
  soldSinceSubmitted: z.number(),
  pendingWrites: z.array(z.looseObject({ quantity: z.number().nullable(), appliesAt: z.string() })),
})

const Order = z.looseObject({
  orderId: z.string(),
  sellerId: z.string(),
  marketplaceId: z.string(),
  status: z.string(),
  fulfilledBy: z.string(),
  visibleFrom: z.string(),
  lines: z.array(
    z.looseObject({
      orderItemId: z.string(),
      sku: z.string(),
      ordered: z.number(),
      cancelled: z.number(),
      fulfilled: z.number(),
    }),
  ),
  packages: z.array(
    z.looseObject({ packageReferenceId: z.string(), carrierCode: z.string(), trackingNumber: z.string() }),
  ),
  buyerMailsSent: z.number(),
})

const JournalEntry = z.looseObject({
  seq: z.number(),
  at: z.string(),
  sellerId: z.string().nullable(),
  operation: z.string(),
  method: z.string(),
  path: z.string(),
  sku: z.string().nullable(),
  body: z.unknown(),
  status: z.number(),
  errorCode: z.string().nullable(),
})

const Bucket = z.looseObject({
  level: z.string(),
  operation: z.string(),
  rate: z.number(),
  burst: z.number(),
  tokens: z.number(),
  ok: z.number(),
  throttled: z.number(),
})

/** One listing as Amazon holds it: what was submitted, what is live, what waits. */
export type SimulatedListing = z.infer<typeof ListingRow>
export type SimulatedOrder = z.infer<typeof Order>
/** One request that reached the simulated Amazon. */
export type SimulatedRequest = z.infer<typeof JournalEntry>
export type SimulatedBucket = z.infer<typeof Bucket>

export interface SellerEdit {
  sellerId: string
  region: 'NA' | 'EU' | 'FE'
  marketplaceIds: readonly string[]
  name?: string
  refreshToken?: string
}

export interface ListingEdit {
  sellerId: string
  sku: string
  quantity?: number
  leadTimeDays?: number
  fulfillmentChannel?: string
  marketplaceId?: string
  asin?: string
  title?: string
  price?: { amount: string; currency: string }
  closed?: boolean
}

export interface OrderPlacement {
  sellerId: string
  marketplaceId: string
  lines: readonly { sku: string; quantity: number; unitPrice?: { amount: string; currency: string } }[]
  status?: string
  fulfilledBy?: string
  createdAt?: string
  shipBy?: string
  programs?: readonly string[]
  ignoreQuantity?: boolean
}

/** Raised when the simulator refuses a control call; carries its status and its answer. */
export class SimulatorRefusalError extends Error {
  override name = 'SimulatorRefusalError'
  readonly status: number
  readonly answer: string

  constructor(call: string, status: number, answer: string) {
    super(`${call} was answered ${status}: ${answer}`)
    this.status = status
    this.answer = answer
  }
}

/** The simulator's control API, `/_sim`: what people, buyers and Amazon itself do. Never part of the journal. */
export class SimulatorControl {
  readonly url: string

  constructor(url: string) {
    this.url = url
  }

  /** Creates a seller, or adds marketplaces and a refresh token to one. Safe to repeat. */
  async putSeller(seller: SellerEdit): Promise<void> {
    await this.call('POST', '/_sim/sellers', { body: seller })
  }

  /** A person edits or creates a listing in Seller Central; it is live at once. */
  async putListing(edit: ListingEdit): Promise<SimulatedListing> {
    return ListingRow.parse(await this.call('PUT', '/_sim/listings', { body: edit }))
  }

  async listings(query: { sellerId?: string; sku?: string } = {}): Promise<SimulatedListing[]> {
    return z.object({ listings: z.array(ListingRow) }).parse(await this.call('GET', '/_sim/listings', { query }))
      .listings
  }

  /** The listing, or an error when Amazon has none. */
  async listing(sellerId: string, sku: string): Promise<SimulatedListing> {
    const [listing] = await this.listings({ sellerId, sku })
    if (!listing) throw new Error(`the simulator has no listing ${sku} of ${sellerId}`)
    return listing
  }

  /** A buyer orders. Refused (409) when fewer are live, unless `ignoreQuantity`. */
  async placeOrder(order: OrderPlacement): Promise<{ orderId: string; liveAfter: Record<string, number> }> {
    const Placed = z.object({ orderId: z.string(), liveAfter: z.record(z.string(), z.number()) })
    return Placed.parse(await this.call('POST', '/_sim/orders', { body: order }))
  }

  async order(orderId: string): Promise<SimulatedOrder> {
    return Order.parse(await this.call('GET', `/_sim/orders/${encodeURIComponent(orderId)}`))
  }

  /** Something happens to an order outside of our software. */
  async changeOrder(
    orderId: string,
    action: 'cancel' | 'request-cancel' | 'pay' | 'ship' | 'deliver',
    body: object = {},
  ): Promise<void> {
    await this.call('POST', `/_sim/orders/${encodeURIComponent(orderId)}/${action}`, { body })
  }

  /** Every request that reached the simulated Amazon from `since` on (a sequence number or an instant, inclusive). */
  async journal(
    query: { since?: number | string; operation?: string; sellerId?: string; sku?: string; limit?: number } = {},
  ): Promise<{ entries: SimulatedRequest[]; nextSince: number }> {
    const Journal = z.object({ entries: z.array(JournalEntry), nextSince: z.number() })
    return Journal.parse(await this.call('GET', '/_sim/journal', { query }))
  }

  /** Changes the settings that are named, `profile` among them, and answers all. */
  async changeSettings(settings: Record<string, unknown>): Promise<Record<string, unknown>> {
    return z.record(z.string(), z.unknown()).parse(await this.call('POST', '/_sim/settings', { body: settings }))
  }

  async addFault(fault: {
    match?: { operation?: string; sellerId?: string; sku?: string }
    action: string
    count?: number
    forMs?: number
    delayMs?: number
  }): Promise<{ id: string }> {
    return z
      .looseObject({ id: z.string() })
      .parse(await this.call('POST', '/_sim/faults', { body: { match: {}, ...fault } }))
  }

  /** Takes one fault away, or all. */
  async clearFaults(id?: string): Promise<void> {
    await this.call('DELETE', id === undefined ? '/_sim/faults' : `/_sim/faults/${encodeURIComponent(id)}`)
  }

  async changeRoles(
    sellerId: string,
    change: { grant?: readonly string[]; revoke?: readonly string[] },
  ): Promise<void> {
    await this.call('POST', '/_sim/roles', { body: { sellerId, ...change } })
  }

  async buckets(sellerId: string): Promise<SimulatedBucket[]> {
    return z
      .object({ buckets: z.array(Bucket) })
      .parse(await this.call('GET', '/_sim/buckets', { query: { sellerId } })).buckets
  }

  /** Moves the simulator's clock; only when it was started with a virtual one. */
  async advance(advanceMs: number): Promise<void> {
    await this.call('POST', '/_sim/clock', { body: { advanceMs } })
  }

  /** Any control call. Throws `SimulatorRefusalError` for every status but 2xx. */
  async call(
    method: string,
    path: string,
    input: { query?: Record<string, string | number>; body?: object } = {},
  ): Promise<unknown> {
    const url = new URL(path, this.url)
    for (const [name, value] of Object.entries(input.query ?? {})) url.searchParams.set(name, String(value))
    const response = await fetch(url, {
      method,
      signal: AbortSignal.timeout(10_000),
      ...(input.body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(input.body) }),
    })
    const answer = await response.text()
    if (!response.ok) throw new SimulatorRefusalError(`${method} ${path}`, response.status, answer)
    return answer === '' ? undefined : JSON.parse(answer)
  }
}
