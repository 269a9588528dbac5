import type {
  Chain,
  ChainStage,
  ExplainListingResponse,
  Inputs,
  SettingInput,
} from '@lockstep/contracts/generated/lockstep/channel/v1/sync_service.ts'

import { linkedItemShape } from './mapping.ts'
import { isoTime, jsonNumber, jsonNumberOrNull, textOrNull } from './values.ts'

const settingShape = (setting: SettingInput | undefined) => ({
  value: setting?.value ?? null,
  from: setting?.from ?? 'default',
})

const inputsShape = (inputs: Inputs | undefined) => ({
  locations: (inputs?.locations ?? []).map((location) => ({
    id: location.locationId,
    name: location.name,
    available: jsonNumberOrNull(location.available),
    version: jsonNumber(location.version),
    held: jsonNumber(location.held),
  })),
  order_location: textOrNull(inputs?.orderLocationId ?? ''),
  settings: {
    end_when: settingShape(inputs?.endWhen),
    stock_percentage: settingShape(inputs?.stockPercentage),
    max_listed: settingShape(inputs?.maxListed),
    lead_time_days: settingShape(inputs?.leadTimeDays),
  },
})

const sentStage = (stage: ChainStage) => ({
  quantity: jsonNumberOrNull(stage.quantity),
  version: jsonNumberOrNull(stage.version),
  at: isoTime(stage.at),
})

function chainShape(chain: Chain | undefined) {
  const { scheduled, submitted, accepted, seen } = chain ?? {}
  return {
    scheduled: scheduled
      ? {
          at: isoTime(scheduled.at),
          lane: textOrNull(scheduled.lane),
          not_before: isoTime(scheduled.notBefore),
          blocked_by: textOrNull(scheduled.blockedBy),
          behind: textOrNull(scheduled.detail),
        }
      : null,
    submitted: submitted ? { ...sentStage(submitted), submission_id: textOrNull(submitted.submissionId) } : null,
    accepted: accepted ? { ...sentStage(accepted), not_seen: textOrNull(accepted.detail) } : null,
    seen: seen ? { quantity: jsonNumberOrNull(seen.quantity), at: isoTime(seen.at) } : null,
  }
}

function listingPart({ listing, sellerId, region }: ExplainListingResponse) {
  if (!listing) return null
  return {
    id: listing.id,
    account: listing.accountId,
    seller: sellerId,
    region,
    marketplace: listing.marketplace,
    channel_sku: listing.channelSku,
    fba: listing.fba,
    item: linkedItemShape(listing),
  }
}

function guardShape({ guard }: ExplainListingResponse) {
  if (!guard) return null
  return {
    live: jsonNumber(guard.live),
    read_at: isoTime(guard.readAt),
    expected: jsonNumberOrNull(guard.expected),
    unseen: jsonNumber(guard.unseen),
    unguarded: guard.unguarded,
    held: jsonNumber(guard.held),
  }
}

function desiredShape({ desired }: ExplainListingResponse) {
  if (!desired) return null
  return {
    quantity: jsonNumber(desired.quantity),
    lead_time_days: desired.leadTimeDays ?? null,
    version: jsonNumber(desired.version),
    at: isoTime(desired.at),
    cause: desired.cause
      ? { kind: desired.cause.kind, reference: textOrNull(desired.cause.reference) }
      : { kind: null, reference: null },
  }
}

function groupShape({ group }: ExplainListingResponse) {
  if (!group) return null
  return {
    policy: group.policy,
    conflict: textOrNull(group.conflict),
    number: jsonNumberOrNull(group.number),
    members: group.members.map((member) => ({
      account: member.accountId,
      marketplace: member.marketplace,
      desired: jsonNumberOrNull(member.desired),
      role: member.role,
      reason: textOrNull(member.reason),
    })),
  }
}

function driftShape({ drift }: ExplainListingResponse) {
  if (!drift) return null
  return {
    kind: textOrNull(drift.kind),
    at: isoTime(drift.at),
    live: jsonNumber(drift.live),
    expected: jsonNumberOrNull(drift.expected),
  }
}

function holdShape({ hold }: ExplainListingResponse) {
  if (!hold) return null
  return {
    units: jsonNumber(hold.units),
    item: hold.itemId,
    location: hold.locationId,
    since: isoTime(hold.since),
    at: isoTime(hold.at),
  }
}

/** why. */
export const whyShape = (explained: ExplainListingResponse) => ({
  at: isoTime(explained.at),
  listing: listingPart(explained),
  gates: explained.gates.map((gate) => ({ gate: gate.gate, open: gate.open, detail: textOrNull(gate.detail) })),
  inputs: inputsShape(explained.inputs),
  steps: explained.steps.map((step) => ({
    step: step.step,
    before: jsonNumber(step.before),
    after: jsonNumber(step.after),
    note: textOrNull(step.note),
  })),
  guard: guardShape(explained),
  group: groupShape(explained),
  desired: desiredShape(explained),
  chain: chainShape(explained.chain),
  drift: driftShape(explained),
  hold: holdShape(explained),
  state: explained.state,
  next: {
    action: explained.next?.action ?? 'none',
    at: isoTime(explained.next?.at),
    reason: textOrNull(explained.next?.reason ?? ''),
  },
})
