import type { HeldUnits } from '@lockstep/contracts/generated/lockstep/channel/v1/hold_events.ts'
import type {
  Chain,
  ChainStage,
  Drift,
  ExplainListingResponse,
  Group,
  Guard,
  Inputs,
  SettingInput,
} from '@lockstep/contracts/generated/lockstep/channel/v1/sync_service.ts'
import type { QuantitySettings } from '@lockstep/pacing/quantity-rules'

import type { ExplainedChain, ExplainedStage, Explanation } from '../domain/explanation.ts'
import { namedWords } from '../domain/named-words.ts'
import type { ExplainedListing } from '../queries/explain-listing.ts'
import { listingMessage } from './listing-message.ts'

/** An explanation as the contract shows it. */
export function explanationMessage({
  account,
  listing,
  explanation,
  marketplaces,
  names,
}: ExplainedListing): ExplainListingResponse {
  const { desired, next } = explanation
  return {
    at: new Date(explanation.at),
    listing: listingMessage(listing),
    sellerId: account.sellerId,
    region: account.region,
    gates: explanation.gates.map(({ gate, open, detail }) => ({ gate, open, detail: detail ?? '' })),
    inputs: inputsMessage(explanation, explanation.orderLocationId ?? account.orderLocationId),
    steps: explanation.steps.map(({ step, before, after, note }) => ({
      step,
      before: BigInt(before),
      after: BigInt(after),
      note: namedWords(note ?? '', names),
    })),
    guard: guardMessage(explanation.guard),
    group: groupMessage(explanation, { marketplaces, names }),
    desired: desired
      ? {
          quantity: BigInt(desired.quantity),
          leadTimeDays: desired.leadTimeDays ?? undefined,
          version: BigInt(desired.version),
          at: new Date(desired.at),
          cause: { actor: '', note: '', ...desired.cause, reference: desired.cause.reference ?? '' },
        }
      : undefined,
    chain: chainMessage(explanation.chain),
    state: explanation.state,
    next: { action: next.action, at: next.at === null ? undefined : new Date(next.at), reason: next.reason },
    drift: driftMessage(explanation.drift),
    hold: holdMessage(explanation.hold),
  }
}

function holdMessage(hold: Explanation['hold']): HeldUnits | undefined {
  if (!hold) return undefined
  const { units, at, itemId, locationId, since } = hold
  return { units: BigInt(units), at: new Date(at), itemId, locationId, since: new Date(since) }
}

function driftMessage(drift: Explanation['drift']): Drift | undefined {
  if (!drift) return undefined
  const { kind = '', at, live, expected } = drift
  return { kind, at: new Date(at), live: BigInt(live), expected: expected === null ? undefined : BigInt(expected) }
}

function inputsMessage({ locations, settings }: Explanation, orderLocationId: string | null): Inputs {
  return {
    locations: locations.map(({ id, name, available, version, held = 0 }) => ({
      locationId: id,
      name,
      available: available === null ? undefined : BigInt(available),
      version: BigInt(version),
      held: BigInt(held),
    })),
    orderLocationId: orderLocationId ?? '',
    endWhen: settingMessage(settings, 'endWhen'),
    stockPercentage: settingMessage(settings, 'stockPercentage'),
    maxListed: settingMessage(settings, 'maxListed'),
    leadTimeDays: settingMessage(settings, 'leadTimeDays'),
  }
}

function settingMessage(
  settings: QuantitySettings | null,
  name: 'endWhen' | 'stockPercentage' | 'maxListed' | 'leadTimeDays',
): SettingInput {
  const setting = settings?.[name]
  return { value: setting?.value ?? undefined, from: setting?.from ?? 'default' }
}

/** A 0 goes out without a read: then there is nothing to show. */
function guardMessage(guard: Explanation['guard']): Guard | undefined {
  if (!guard || (guard.live === null && !guard.unguarded)) return undefined
  return {
    live: BigInt(guard.live ?? 0),
    readAt: guard.readAt === null ? undefined : new Date(guard.readAt),
    expected: guard.expected === null ? undefined : BigInt(guard.expected),
    unseen: BigInt(guard.unseen),
    unguarded: guard.unguarded,
    held: BigInt(guard.held ?? 0),
  }
}

function groupMessage(
  { group }: Explanation,
  { marketplaces, names }: Pick<ExplainedListing, 'marketplaces' | 'names'>,
): Group {
  return {
    policy: group.policy,
    conflict: namedWords(group.conflict ?? '', names),
    number: group.number === null ? undefined : BigInt(group.number),
    members: group.members.map(({ accountId, desired, role, reason }) => ({
      accountId,
      marketplace: marketplaces.get(accountId) ?? '',
      desired: desired === null ? undefined : BigInt(desired),
      role,
      reason: reason ?? '',
    })),
  }
}

function chainMessage(chain: ExplainedChain): Chain {
  return {
    scheduled: stageMessage(chain.scheduled),
    submitted: stageMessage(chain.submitted),
    accepted: stageMessage(chain.accepted),
    seen: stageMessage(chain.seen),
  }
}

function stageMessage(stage: ExplainedStage | null): ChainStage | undefined {
  if (!stage) return undefined
  return {
    at: new Date(stage.at),
    quantity: stage.quantity === null ? undefined : BigInt(stage.quantity),
    version: stage.version === null ? undefined : BigInt(stage.version),
    submissionId: stage.submissionId ?? '',
    lane: stage.lane ?? '',
    notBefore: stage.notBefore == null ? undefined : new Date(stage.notBefore),
    blockedBy: stage.blockedBy ?? '',
    detail: stage.detail ?? '',
  }
}
