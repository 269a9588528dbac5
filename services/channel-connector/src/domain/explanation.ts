import type { GroupInputs, Member } from '@lockstep/pacing/group-policy'
import type { Computation, Desired, Drift, GatedBy, Guard } from '@lockstep/pacing/group-state'
import {
  closedGates,
  type Gate,
  GATES,
  quantityOf,
  type QuantitySettings,
  type Step,
} from '@lockstep/pacing/quantity-rules'

/** How one listing's number came about and what became of it, for now or for a past moment. Times are epoch milliseconds. */
export interface Explanation {
  at: number
  gates: Gate[]
  locations: Member['locations']
  settings: QuantitySettings | null
  /** Where the account's orders reserved at a past moment, as far as its record says; left out for now. */
  orderLocationId?: string | undefined
  steps: Step[]
  guard: Guard | null
  group: ExplainedGroup
  desired: Desired | null
  chain: ExplainedChain
  drift: Drift | null
  hold: ExplainedHold | null
  state: string
  next: { action: 'none' | 'send' | 'read' | 'wait'; at: number | null; reason: string }
}

/** What of the SKU is held for every channel: sold on Amazon, and no downloaded order explains it. */
export interface ExplainedHold {
  units: number
  /** When it was stated to inventory. */
  at: number
  itemId: string
  locationId: string
  /** The oldest read that showed some of it. */
  since: number
}

/** The shared SKU. */
export interface ExplainedGroup {
  policy: string
  conflict: string | null
  number: number | null
  members: { accountId: string; desired: number | null; role: 'sends' | 'follows'; reason: string | null }[]
}

/** One stage of the way. */
export interface ExplainedStage {
  at: number
  quantity: number | null
  version: number | null
  submissionId?: string | null
  lane?: string | null
  notBefore?: number | null
  blockedBy?: string | null
  detail?: string
}

/** The stages that were reached, each with its newest time. */
export interface ExplainedChain {
  scheduled: ExplainedStage | null
  submitted: ExplainedStage | null
  accepted: ExplainedStage | null
  seen: ExplainedStage | null
}

/** What is known of the computation a listing took part in. */
export interface Computed {
  inputs: GroupInputs | null
  computation: Computation | null
}

/** Every gate of a listing in the order it is shown; what is not closed is open. */
export function explainGates(member: Member | undefined, computation: Computation | null): Gate[] {
  const closed = new Map((member?.gates ?? []).filter((gate) => !gate.open).map((gate) => [gate.gate, gate]))
  for (const gate of member ? closedGates(member) : []) {
    if (!closed.has(gate)) closed.set(gate, { gate, open: false, detail: null })
  }
  const sight = computation?.gatedBy ? sights[computation.gatedBy] : undefined
  if (sight !== undefined && !closed.has('not_fba'))
    closed.set('not_fba', { gate: 'not_fba', open: false, detail: sight })
  return GATES.map((gate) => closed.get(gate) ?? { gate, open: true, detail: null })
}

/** What the last read of Amazon showed that keeps the whole SKU from being written. */
const sights: Partial<Record<GatedBy, string>> = {
  NOT_MERCHANT_FULFILLED: 'Amazon does not show it as fulfilled by the merchant alone',
  SKU_NOT_FOUND: 'Amazon does not know this SKU',
  FBA_MEMBER: 'another listing of this SKU is fulfilled by Amazon',
}

/** What the steps of a number come from. */
export interface StepSource {
  listingId: string
  computation: Computation | null
  member: Member | undefined
  gates: readonly Gate[]
  /** Units that Amazon has sold and we have not downloaded, as last computed. */
  unseen: number
}

/**
 * The steps of one listing's number, and the group's own at the end. A listing with a closed gate has no number: its steps are those of the number that it
 * would have, as far as its inputs are known; what Amazon fulfils would never have one.
 */
export function explainSteps({ listingId, computation, member, gates, unseen }: StepSource): Step[] {
  const isClosed = (name: Gate['gate']) => gates.some(({ gate, open }) => gate === name && !open)
  const own = computation?.members.find((role) => role.listingId === listingId)?.steps ?? []
  if (own.length === 0 && member && gates.some(({ open }) => !open)) {
    return isClosed('not_fba') ? [] : quantityOf({ ...member, gates: [] }, unseen).steps
  }
  if (!computation || computation.number === null) return own
  return computation.groupStep ? [...own, computation.groupStep] : own
}

/** The shared SKU as it stood. */
export function explainGroup({ inputs, computation }: Computed): ExplainedGroup {
  return {
    policy: inputs?.policy ?? 'lowest',
    conflict: computation?.conflict?.detail ?? null,
    number: computation?.number ?? null,
    members: (computation?.members ?? []).map(({ accountId, desired, role, reason }) => ({
      accountId,
      desired,
      role,
      reason,
    })),
  }
}

/** A listing among the members of its group. */
export function memberOf(inputs: GroupInputs | null, listingId: string): Member | undefined {
  return inputs?.members.find((member) => member.listingId === listingId)
}
