/** Where a despatch stands. `planned` and `failed` are sent (again) at their next attempt; the last four end the story unless a person acts. */
export type DespatchState = 'planned' | 'submitted' | 'confirmed' | 'failed' | 'rejected' | 'not_required' | 'held'

/** Whether nothing more happens to a despatch that Amazon was to be told of, unless a person acts. */
export function isStopped({ state, nextAttemptAt }: Pick<Despatch, 'state' | 'nextAttemptAt'>): boolean {
  return state === 'held' || state === 'rejected' || (state === 'failed' && nextAttemptAt === undefined)
}

/** Units of one order line in a despatch. */
export interface DespatchLine {
  readonly orderLineId: string
  readonly channelLineId: string
  /** Empty while the line is linked to no item. */
  readonly itemId: string
  readonly locationId: string
  readonly quantity: number
}

/** One parcel of an order on its way. */
export interface Despatch {
  readonly id: string
  readonly orderId: string
  readonly channelOrderId: string
  readonly accountId: string
  readonly connectionId: string
  readonly marketplaceId: string
  /** Number within the order from 1. Amazon takes it as the reference of the package, and as the key for changing it. */
  readonly parcel: number
  readonly carrier: string
  readonly carrierName: string
  readonly service: string
  readonly tracking: string
  readonly state: DespatchState
  /** Calls to Amazon so far. */
  readonly attempts: number
  /** Tries that Amazon refused or that could not be made; they set the pace of the re-sends. */
  readonly failures: number
  readonly nextAttemptAt: Date | undefined
  /** Set before a call leaves and cleared with its outcome: set on a row that nobody works on, its outcome is unknown. */
  readonly sendingSince: Date | undefined
  /** When a person last decided that it is sent after all. */
  readonly releasedAt: Date | undefined
  readonly error: string
  readonly actor: string
  readonly despatchedAt: Date
  /** When the order's snapshot that it was decided on was taken. */
  readonly snapshotAt: Date
  readonly lines: readonly DespatchLine[]
}
