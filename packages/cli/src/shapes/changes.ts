import type {
  ChangedValue,
  ListingRules,
  MadeChange,
  PreviewChangeResponse,
  PreviewUndoResponse,
} from '@lockstep/contracts/generated/lockstep/channel/v1/change_service.ts'
import type { PreviewKitChangeResponse } from '@lockstep/contracts/generated/lockstep/channel/v1/kit_change_service.ts'

import { isoTime, jsonNumberOrNull, textOrNull } from './values.ts'

const valueShape = (value: ChangedValue) => ({
  channel_sku: textOrNull(value.channelSku),
  name: value.name,
  from: value.from ?? null,
  to: value.to ?? null,
})

/** What a change would do. */
export const previewShape = (preview: PreviewChangeResponse) => ({
  account: preview.accountId,
  values: preview.values.map(valueShape),
  changes: preview.changes,
  zeros: preview.zeros,
  stops: preview.stops,
  unchanged: preview.unchanged,
  gated: preview.gated,
  duration_seconds: preview.durationSeconds,
  lines: preview.lines.map((line) => ({
    channel_sku: line.channelSku,
    from: jsonNumberOrNull(line.from),
    to: jsonNumberOrNull(line.to),
    lead_time_days: line.leadTimeDays ?? null,
    gate: textOrNull(line.gate),
    accounts: line.accounts,
  })),
  conflicts: preview.conflicts,
  warnings: preview.warnings,
  confirmation: preview.confirmation,
  zeros_confirmation: textOrNull(preview.zerosConfirmation),
})

/** What a change of a kit would do; it touches listings of every account. */
export const kitPreviewShape = ({ itemId, itemSku, preview, undo, command }: PreviewKitChangeResponse) => {
  if (!preview) throw new Error('the answer holds no preview')
  const { account: _, ...shown } = previewShape(preview)
  return { item: { id: itemId, sku: itemSku }, ...shown, undo, command }
}

/** A change that was made. */
export const madeChangeShape = (change: MadeChange) => ({
  id: change.id,
  kind: change.kind,
  at: isoTime(change.at),
  actor: change.actor,
  values: change.values.map(valueShape),
  undoes: textOrNull(change.undoes),
  undone_by: textOrNull(change.undoneBy),
})

/** What an undo would take back, and what that would do. */
export const undoPreviewShape = ({ undone, preview }: PreviewUndoResponse) => {
  if (!undone || !preview) throw new Error('the answer holds no change')
  const { confirmation: _, ...shown } = previewShape(preview)
  return { undone: madeChangeShape(undone), ...shown }
}

/** The rules of one listing; null is not set, and the account's counts. */
export const listingRulesShape = (rules: ListingRules) => ({
  channel_sku: rules.channelSku,
  max_listed: rules.maxListed ?? null,
  stock_percentage: rules.stockPercentage ?? null,
  end_when: rules.endWhen ?? null,
  lead_time_days: rules.leadTimeDays ?? null,
  ignore_sync: rules.ignoreSync ?? false,
})
