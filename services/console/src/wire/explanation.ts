import type { ChainStage } from '../domain/chain-stages.ts'
import type { ItemReference } from './listing.ts'

/** Why a listing's number is what it is. Times are UTC instants. */
export interface Explanation {
  readonly at: string | null
  readonly listing: {
    readonly channelSku: string
    readonly title: string
    readonly asin: string
    readonly marketplace: string
    readonly fba: boolean
    readonly item: ItemReference | null
    readonly sellerId: string
    readonly region: string
  }
  readonly state: string
  readonly next: { readonly action: string; readonly at: string | null; readonly reason: string | null }
  readonly chain: readonly ChainStage[]
  readonly sending: SendingDetails
  readonly gates: readonly GateAnswer[]
  readonly locations: readonly LocationInput[]
  readonly settings: readonly SettingInForce[]
  readonly steps: readonly StepAnswer[]
  readonly guard: GuardAnswer | null
  readonly group: GroupAnswer | null
  readonly desired: DesiredAnswer | null
  readonly drift: DriftAnswer | null
  /** The newest entries of the item's ledger; null when inventory could not be asked, empty when no item is linked. */
  readonly movements: readonly MovementAnswer[] | null
}

/** What else is known of the stages after the desired number. */
export interface SendingDetails {
  readonly lane: string | null
  readonly notBefore: string | null
  readonly blockedBy: string | null
  readonly submissionId: string | null
  /** Amazon's words when it refused. */
  readonly refusal: string | null
}

export interface GateAnswer {
  readonly gate: string
  readonly open: boolean
  readonly detail: string | null
}

export interface LocationInput {
  readonly id: string
  readonly name: string
  /** Null while unknown. */
  readonly available: number | null
  readonly version: number
  readonly isOrderLocation: boolean
}

export interface SettingInForce {
  readonly setting: 'endWhen' | 'stockPercentage' | 'maxListed' | 'leadTimeDays'
  /** Null is unset. */
  readonly value: number | null
  /** default, account or listing. */
  readonly from: string
}

export interface StepAnswer {
  readonly step: string
  readonly before: number
  readonly after: number
  readonly note: string | null
}

export interface GuardAnswer {
  readonly live: number
  readonly readAt: string | null
  readonly expected: number | null
  readonly unseen: number
  readonly unguarded: boolean
}

export interface GroupAnswer {
  readonly policy: string
  readonly conflict: string | null
  readonly number: number | null
  readonly members: readonly {
    readonly accountId: string
    readonly marketplace: string
    readonly desired: number | null
    readonly role: string
    readonly reason: string | null
  }[]
}

export interface DesiredAnswer {
  readonly quantity: number
  readonly leadTimeDays: number | null
  readonly version: number
  readonly at: string | null
  readonly cause: CauseAnswer
}

/** What Amazon shows that nobody on our side made. */
export interface DriftAnswer {
  /** Null when it was not told apart. */
  readonly kind: string | null
  readonly at: string | null
  readonly live: number
  readonly expected: number | null
}

/** The listing whose number goes out again. */
export interface ResentAnswer {
  readonly channelSku: string
}

export interface CauseAnswer {
  readonly kind: string | null
  readonly reference: string | null
  readonly actor: string | null
  readonly note: string | null
}

export interface MovementAnswer {
  readonly at: string | null
  readonly location: string
  readonly onHandChange: number
  readonly reservedChange: number
  readonly heldChange: number
  readonly onHandAfter: number
  readonly reservedAfter: number
  readonly version: number
  readonly cause: CauseAnswer
}
