import type { GateName, ListingInputs, QuantityResult, Step } from './quantity-rules.ts'
import { quantityOf } from './quantity-rules.ts'

/** How members of a shared SKU that compute different numbers are brought to one. */
export type GroupPolicy = 'lowest' | 'owner' | 'hold'

/** One listing of a shared-SKU group. Amazon keeps one quantity and lead time per (seller, region, SKU), so they all share one write. */
export type Member = ListingInputs & {
  listingId: string
  accountId: string
  /** The marketplace a write would name when this member is the one that sends. */
  marketplaceId: string
  itemId: string | null
}

/** The item of a listing at its account's order location: where an order for it will reserve. */
export type HoldPlace = { listingId: string; itemId: string; locationId: string }

export type GroupInputs = {
  policy: GroupPolicy
  /** The account that decides under `owner`; also the one whose marketplace a write names. */
  ownerAccountId: string | null
  members: Member[]
  /** Where units are held that Amazon sold of this SKU and we have not downloaded; absent or null: nowhere. */
  holdAt?: HoldPlace | null
  /** Changes whenever the listing's own data change (product type, attributes): a refusal lasts until then. */
  dataVersion: string
}

/** A member as `why` shows it: what it asks for, and whether it sends or is only changed along. */
export type MemberRole = {
  listingId: string
  accountId: string
  desired: number | null
  role: 'sends' | 'follows'
  reason: GateName | null
  steps: Step[]
}

export type Conflict = { kind: 'numbers' | 'items' | 'lead_times'; detail: string }

export type GroupNumber =
  | {
      kind: 'number'
      number: number
      leadTimeDays: number | null
      /** The listing whose marketplace the write names. */
      sendAs: string
      conflict: Conflict | null
      /** A raise the policy `hold` keeps back while the conflict lasts. */
      withheld: boolean
      members: MemberRole[]
      step: Step
    }
  | { kind: 'gated'; reason: GateName | 'NO_MEMBERS' | 'FBA_MEMBER'; conflict: null; members: MemberRole[] }

type Sender = { member: Member; result: Extract<QuantityResult, { kind: 'number' }> }

/**
 * The one number a shared SKU gets. `live` is what Amazon holds as far as we know (for `hold`).
 * Any member fulfilled by Amazon: nothing is sent at all. Members with a closed gate give no number and follow.
 * No policy holds back a lower number: `hold` only refuses to raise. Members of different items always get the lowest.
 */
export function groupNumber(inputs: GroupInputs, unseen: number, live: number | null): GroupNumber {
  const computed = inputs.members.map((member) => ({ member, result: quantityOf(member, unseen) }))
  const roles = computed.map(({ member, result }) => roleOf(member, result))
  if (inputs.members.length === 0) return { kind: 'gated', reason: 'NO_MEMBERS', conflict: null, members: roles }
  if (inputs.members.some(isFba)) return { kind: 'gated', reason: 'FBA_MEMBER', conflict: null, members: roles }

  const senders = computed.filter((entry): entry is Sender => entry.result.kind === 'number')
  const all = resolve(inputs, senders, live)
  if (all && (all.number === 0 || senders.every((s) => !s.result.zeroOnly))) return { ...all, members: roles }

  // A soft pause lets only zeros through: what is left decides, as if the paused members merely followed.
  const unpaused = resolve(
    inputs,
    senders.filter((s) => !s.result.zeroOnly),
    live,
  )
  const pausedRoles = roles.map((role, i) => (computed[i] && isZeroOnly(computed[i].result) ? asPaused(role) : role))
  if (unpaused) return { ...unpaused, members: pausedRoles }
  return { kind: 'gated', reason: firstReason(pausedRoles), conflict: null, members: pausedRoles }
}

function resolve(inputs: GroupInputs, senders: Sender[], live: number | null) {
  const first = senders[0]
  if (!first) return undefined
  const owner = senders.find((s) => s.member.accountId === inputs.ownerAccountId)
  const lowest = Math.min(...senders.map((s) => s.result.number))
  const conflict = conflictAmong(senders)
  const policy = conflict?.kind === 'items' ? 'lowest' : inputs.policy
  const wanted = policy === 'owner' && owner ? owner.result.number : lowest
  const number = policy === 'hold' && conflict ? Math.min(wanted, live ?? wanted) : wanted
  const note = conflict ? `${policy}: ${conflict.detail}` : null
  return {
    kind: 'number' as const,
    number,
    leadTimeDays: leadTimeOf(senders, policy === 'owner' ? owner : undefined),
    sendAs: (owner ?? first).member.listingId,
    conflict,
    withheld: number < wanted,
    step: { step: 'group_policy' as const, before: (owner ?? first).result.number, after: number, note },
  }
}

function conflictAmong(senders: Sender[]): Conflict | null {
  const list = (value: (s: Sender) => unknown) =>
    senders.map((s) => `${s.member.accountId} ${String(value(s))}`).join(', ')
  if (distinct(senders.map((s) => s.member.itemId)) > 1) {
    return { kind: 'items', detail: `one SKU, different items: ${list((s) => s.member.itemId)}` }
  }
  if (distinct(senders.map((s) => s.result.number)) > 1) {
    return { kind: 'numbers', detail: list((s) => s.result.number) }
  }
  if (distinct(senders.map((s) => s.result.leadTimeDays)) > 1) {
    return { kind: 'lead_times', detail: list((s) => s.result.leadTimeDays ?? 'none') }
  }
  return null
}

/** The owner's lead time, else the longest one asked for: a promise too slow costs less than one that is broken. */
function leadTimeOf(senders: Sender[], owner: Sender | undefined): number | null {
  if (owner) return owner.result.leadTimeDays
  const days = senders.map((s) => s.result.leadTimeDays).filter((d) => d !== null)
  return days.length > 0 ? Math.max(...days) : null
}

function roleOf(member: Member, result: QuantityResult): MemberRole {
  const { listingId, accountId } = member
  if (result.kind === 'number') {
    return { listingId, accountId, desired: result.number, role: 'sends', reason: null, steps: result.steps }
  }
  return { listingId, accountId, desired: null, role: 'follows', reason: result.closed[0] ?? null, steps: [] }
}

function asPaused(role: MemberRole): MemberRole {
  return { ...role, role: 'follows', reason: 'not_paused' }
}

function firstReason(roles: MemberRole[]): GateName | 'NO_MEMBERS' {
  return roles.find((role) => role.reason !== null)?.reason ?? 'NO_MEMBERS'
}

function isFba(member: Member): boolean {
  return member.gates.some((g) => g.gate === 'not_fba' && !g.open)
}

function isZeroOnly(result: QuantityResult): boolean {
  return result.kind === 'number' && result.zeroOnly
}

function distinct(values: unknown[]): number {
  return new Set(values).size
}
