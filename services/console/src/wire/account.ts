/** One marketplace of one seller, and how its push and its orders stand. Times are UTC instants. */
export interface AccountAnswer {
  readonly id: string
  readonly name: string
  readonly sellerId: string
  readonly region: string
  readonly marketplace: string
  readonly enabled: boolean
  readonly updateInventory: boolean
  readonly paused: { readonly since: string; readonly hard: boolean } | null
  readonly connection: ConnectionAnswer
  readonly hasLocations: boolean
  readonly inventorySyncedAt: string | null
  /** Null when the connector could not say. */
  readonly push: PushAnswer | null
  /** Null when order-download could not say. */
  readonly orders: OrderSyncAnswer | null
}

export type ConnectionState =
  | 'no_credentials'
  | 'untested'
  | 'connected'
  | 'reauthorise'
  | 'application_refused'
  | 'unknown'

export interface ConnectionAnswer {
  readonly state: ConnectionState
  /** Why it stands so, in the connector's words. */
  readonly detail: string | null
}

export interface PushAnswer {
  readonly linked: number
  /** Linked listings per state word; words without listings are left out. */
  readonly states: Readonly<Record<string, number>>
  readonly oldestWaiting: {
    readonly channelSku: string
    readonly since: string | null
    readonly blockedBy: string | null
  } | null
  /** Zeros that wait for a person. */
  readonly massZero: number | null
  readonly unseenOpen: number
}

export interface OrderSyncAnswer {
  readonly coveredUntil: string | null
  readonly lastPollAt: string | null
  readonly lastPollResult: string | null
  readonly nextPollAt: string | null
  /** What is wrong, and the next step. */
  readonly detail: string | null
}

export interface AccountPage {
  readonly accounts: readonly AccountAnswer[]
  readonly nextPageToken: string | null
}
