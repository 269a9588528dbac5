import type {
  ChangedValue as ChangedValueMessage,
  ListingRules as ListingRulesMessage,
  MadeChange as MadeChangeMessage,
  PreviewChangeResponse,
} from '@lockstep/contracts/generated/lockstep/channel/v1/change_service.ts'

import type { ChangePreview } from '../commands/preview-change.ts'
import type { PlannedChange } from '../domain/planned-push.ts'
import { type ChangedValue, changedValues } from '../domain/rule-change.ts'
import type { RuledListing } from '../store/listing-rules.ts'
import type { MadeChange } from '../store/rule-changes.ts'

const mostConflicts = 1000
const mostValues = 100

/** What a change would do, as the contract shows it. */
export function previewMessage(
  preview: ChangePreview,
  { accountId, limit, warnings }: { accountId: string; limit: number; warnings: string[] },
): PreviewChangeResponse {
  return {
    accountId,
    values: preview.values.slice(0, mostValues).map(valueMessage),
    changes: preview.writes,
    zeros: preview.zeros,
    stops: preview.stops,
    unchanged: preview.unchanged,
    gated: preview.gated,
    durationSeconds: preview.durationSeconds,
    lines: preview.changes.slice(0, limit).map(lineMessage),
    conflicts: preview.conflicts.slice(0, mostConflicts),
    confirmation: preview.confirmation,
    zerosConfirmation: preview.zerosConfirmation ?? '',
    warnings,
  }
}

function lineMessage({
  channelSku,
  from,
  to,
  leadTimeDays,
  gate,
  accounts,
}: PlannedChange): PreviewChangeResponse['lines'][number] {
  return {
    channelSku,
    from: from === undefined ? undefined : BigInt(from),
    to: to === undefined ? undefined : BigInt(to),
    leadTimeDays: leadTimeDays ?? undefined,
    gate: gate ?? '',
    accounts,
  }
}

function valueMessage({ channelSku, name, from, to }: ChangedValue): ChangedValueMessage {
  return { channelSku: channelSku ?? '', name, from: from ?? undefined, to: to ?? undefined }
}

/** A change that was made, as the contract shows it. */
export function madeChangeMessage(made: MadeChange): MadeChangeMessage {
  return {
    id: made.id,
    kind: made.change.kind,
    at: made.at,
    actor: made.actor,
    values: changedValues(made.change, made.inverse).slice(0, mostValues).map(valueMessage),
    undoes: made.undoes ?? '',
    undoneBy: made.undoneBy ?? '',
  }
}

/** The rules of one listing, as the contract shows them. */
export function listingRulesMessage(listing: RuledListing): ListingRulesMessage {
  return {
    channelSku: listing.channelSku,
    maxListed: listing.maxListed ?? undefined,
    stockPercentage: listing.stockPercentage ?? undefined,
    endWhen: listing.endWhen ?? undefined,
    leadTimeDays: listing.leadTimeDays ?? undefined,
    ignoreSync: listing.ignoreSync,
  }
}
