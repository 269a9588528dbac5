import type {
  ChainStage as ChainStageMessage,
  ExplainListingResponse,
  Inputs,
  SettingInput,
} from '@lockstep/contracts/generated/lockstep/channel/v1/sync_service.ts'
import type { Movement } from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'

import { chainStages, type ChainFacts, type SendingFacts } from '../domain/chain-stages.ts'
import type {
  DesiredAnswer,
  DriftAnswer,
  Explanation,
  GroupAnswer,
  GuardAnswer,
  MovementAnswer,
  SendingDetails,
  SettingInForce,
} from '../wire/explanation.ts'
import { linkedItem, type StockFacts } from './listing-answer.ts'
import { causeAnswer, instant, textOrNull, units, unitsOrNull } from './values.ts'

/** What inventory adds; undefined when it could not be asked. */
export interface ExplainedStock {
  readonly facts: StockFacts | undefined
  readonly movements: readonly Movement[]
}

/** Why a listing's number is what it is. */
export function explanationAnswer(explained: ExplainListingResponse, stock: ExplainedStock | undefined): Explanation {
  return {
    at: instant(explained.at),
    listing: listingPart(explained),
    state: explained.state,
    next: {
      action: explained.next?.action ?? 'none',
      at: instant(explained.next?.at),
      reason: textOrNull(explained.next?.reason ?? ''),
    },
    chain: chainStages(chainFacts(explained, stock)),
    sending: sendingDetails(explained),
    gates: explained.gates.map(({ gate, open, detail }) => ({ gate, open, detail: textOrNull(detail) })),
    locations: (explained.inputs?.locations ?? []).map(({ locationId, name, available, version }) => ({
      id: locationId,
      name,
      available: unitsOrNull(available),
      version: units(version),
      isOrderLocation: locationId === explained.inputs?.orderLocationId,
    })),
    settings: settingsInForce(explained.inputs),
    steps: explained.steps.map(({ step, before, after, note }) => ({
      step,
      before: units(before),
      after: units(after),
      note: textOrNull(note),
    })),
    guard: guardPart(explained),
    group: groupPart(explained),
    desired: desiredPart(explained),
    drift: driftPart(explained),
    movements: stock ? stock.movements.map(movementAnswer) : null,
  }
}

function listingPart({ listing, sellerId, region }: ExplainListingResponse): Explanation['listing'] {
  return {
    channelSku: listing?.channelSku ?? '',
    title: listing?.title ?? '',
    asin: listing?.asin ?? '',
    marketplace: listing?.marketplace ?? '',
    fba: listing?.fba ?? false,
    item: listing ? linkedItem(listing) : null,
    sellerId,
    region,
  }
}

/** The first closed gate speaks for a gated listing; else what holds the write back, else what comes next. */
function reasonOf({ gates, chain, next }: ExplainListingResponse): string | null {
  const closed = gates.find(({ open }) => !open)
  return textOrNull(closed?.gate ?? (chain?.scheduled?.blockedBy || next?.reason) ?? '')
}

function chainFacts(explained: ExplainListingResponse, stock: ExplainedStock | undefined): ChainFacts {
  const { desired, chain } = explained
  const sending = (stage: ChainStageMessage | undefined): SendingFacts | null =>
    stage
      ? {
          at: instant(stage.at),
          quantity: unitsOrNull(stage.quantity),
          isCurrent: isCurrent(stage, explained),
        }
      : null
  return {
    state: explained.state,
    reason: reasonOf(explained),
    ledger: stock?.facts?.ledger ?? null,
    available: stock?.facts?.available ?? null,
    desired: desired ? { quantity: units(desired.quantity), at: instant(desired.at) } : null,
    scheduled: sending(chain?.scheduled),
    submitted: sending(chain?.submitted),
    accepted: sending(chain?.accepted),
    seen: sending(chain?.seen),
  }
}

/** Versions tell when both are known; what was seen carries none, so its time does. */
function isCurrent({ version, at }: ChainStageMessage, { desired }: ExplainListingResponse): boolean {
  if (version !== undefined && desired) return version >= desired.version
  return at !== undefined && (desired?.at === undefined || at >= desired.at)
}

/** The lane and what holds a write back are told while they are about the wanted number. */
function sendingDetails(explained: ExplainListingResponse): SendingDetails {
  const { scheduled, submitted } = explained.chain ?? {}
  const current = scheduled && isCurrent(scheduled, explained) ? scheduled : undefined
  return {
    lane: textOrNull(current?.lane ?? ''),
    notBefore: instant(scheduled?.notBefore),
    blockedBy: textOrNull(scheduled?.blockedBy ?? ''),
    submissionId: textOrNull(submitted?.submissionId ?? ''),
    refusal: textOrNull(submitted?.detail ?? ''),
  }
}

function settingsInForce(inputs: Inputs | undefined): SettingInForce[] {
  return [
    settingInForce('endWhen', inputs?.endWhen),
    settingInForce('stockPercentage', inputs?.stockPercentage),
    settingInForce('maxListed', inputs?.maxListed),
    settingInForce('leadTimeDays', inputs?.leadTimeDays),
  ]
}

function settingInForce(setting: SettingInForce['setting'], input: SettingInput | undefined): SettingInForce {
  return { setting, value: input?.value ?? null, from: input?.from ?? 'default' }
}

function guardPart({ guard }: ExplainListingResponse): GuardAnswer | null {
  if (!guard) return null
  return {
    live: units(guard.live),
    readAt: instant(guard.readAt),
    expected: unitsOrNull(guard.expected),
    unseen: units(guard.unseen),
    unguarded: guard.unguarded,
  }
}

function groupPart({ group }: ExplainListingResponse): GroupAnswer | null {
  if (!group) return null
  return {
    policy: group.policy,
    conflict: textOrNull(group.conflict),
    number: unitsOrNull(group.number),
    members: group.members.map(({ accountId, marketplace, desired, role, reason }) => ({
      accountId,
      marketplace,
      desired: unitsOrNull(desired),
      role,
      reason: textOrNull(reason),
    })),
  }
}

function desiredPart({ desired }: ExplainListingResponse): DesiredAnswer | null {
  if (!desired) return null
  return {
    quantity: units(desired.quantity),
    leadTimeDays: desired.leadTimeDays ?? null,
    version: units(desired.version),
    at: instant(desired.at),
    cause: causeAnswer(desired.cause),
  }
}

function driftPart({ drift }: ExplainListingResponse): DriftAnswer | null {
  if (!drift) return null
  const { kind, at, live, expected } = drift
  return { kind: textOrNull(kind), at: instant(at), live: units(live), expected: unitsOrNull(expected) }
}

function movementAnswer(movement: Movement): MovementAnswer {
  return {
    at: instant(movement.at),
    location: movement.locationName,
    onHandChange: units(movement.onHandChange),
    reservedChange: units(movement.reservedChange),
    heldChange: units(movement.heldChange),
    onHandAfter: units(movement.onHandAfter),
    reservedAfter: units(movement.reservedAfter),
    version: units(movement.version),
    cause: causeAnswer(movement.cause),
  }
}
