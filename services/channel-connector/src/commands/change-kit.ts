import type { Kysely } from 'kysely'

import {
  confirmationText,
  type KitChange,
  kitCommand,
  kitValues,
  readConfirmation,
  type ShownKit,
} from '../domain/kit-change.ts'
import type { ChannelDb } from '../store/database.ts'
import { foreseeKit, type ForeseenKit } from './foresee-kit.ts'
import type { ChangePreview } from './preview-change.ts'
import { refusal } from './refuse.ts'

/** Inventory, as far as it shows and makes kits. */
export interface KitOwner {
  /** What would become of a kit; undefined when the command of this key was done already. */
  preview(change: KitChange, call: { idempotencyKey: string; signal: AbortSignal }): Promise<ShownKit | undefined>
  /** Puts it together, or dissolves it; answers the item's id. */
  make(change: KitChange, call: { idempotencyKey: string; actor: string; signal: AbortSignal }): Promise<string>
}

/** What changing kits works with. */
export interface KitDeps {
  db: Kysely<ChannelDb>
  zerosSharePercent: number
  kits: KitOwner
  /** Has inventory tell what there is of these items. */
  fetchItems(itemIds: readonly string[], signal: AbortSignal): Promise<void>
}

/** What a change of a kit would do. */
export interface KitChangePreview {
  itemId: string
  sku: string
  preview: ChangePreview
  /** The command that takes it back. */
  undo: string
  /** The command that does it. */
  command: string
}

/** Shows what a change of a kit would send, listing by listing. Changes and sends nothing. */
export async function previewKitChange(
  deps: KitDeps,
  change: KitChange,
  signal: AbortSignal,
): Promise<KitChangePreview> {
  const shown = await deps.kits.preview(change, { idempotencyKey: '', signal })
  if (!shown) throw new Error('inventory has shown nothing')
  const { plan, confirmation, zerosConfirmation } = await foresee(deps, shown, signal)
  const { itemId, sku, before } = shown
  const undo = kitCommand(
    sku,
    before.map((part) => ({ item: part.sku, quantity: part.quantity })),
  )
  const text = confirmationText(confirmation)
  const zeros = zerosConfirmation === null ? '' : ` --zeros ${zerosConfirmation}`
  const command = `${kitCommand(sku, change.components)} --confirm ${text}${zeros}`
  return {
    itemId,
    sku,
    preview: { ...plan, confirmation: text, zerosConfirmation, values: kitValues(shown) },
    undo,
    command,
  }
}

/** What a person confirms of a kit. */
export interface MakeKitChange {
  change: KitChange
  /** Empty makes the change without having been shown. */
  confirmation: string
  zerosConfirmation: string
  allowStockMoves: boolean
  idempotencyKey: string
  actor: string
}

/**
 * Has inventory make the change of a kit, if what would follow is what was shown. Inventory keeps the answer of the key, so a repeat is not judged again: what
 * it would be judged by has changed with it. Answers the item's id.
 */
export async function makeKitChange(deps: KitDeps, command: MakeKitChange, signal: AbortSignal): Promise<string> {
  const { change, confirmation, idempotencyKey, actor } = command
  const confirmed = readConfirmation(confirmation)
  if (!confirmed && confirmation !== '') throw otherOutcome(command, 'is no confirmation of a change of a kit')
  // The version is part of what was shown: between here and there nobody puts the kit together otherwise.
  const expectedVersion = confirmed ? BigInt(confirmed.version) : change.expectedVersion
  const shown = await deps.kits.preview(change, { idempotencyKey, signal })
  if (shown) refuseUnconfirmed(await foresee(deps, shown, signal), command)
  return deps.kits.make({ ...change, expectedVersion }, { idempotencyKey, actor, signal })
}

async function foresee(deps: KitDeps, shown: ShownKit, signal: AbortSignal): Promise<ForeseenKit> {
  // An item that nothing was linked to is not known here yet, and unknown is not 0.
  await deps.fetchItems([shown.itemId], signal)
  return foreseeKit(deps, shown)
}

function refuseUnconfirmed(foreseen: ForeseenKit, command: MakeKitChange): void {
  refuseOther(foreseen, command)
  const { plan, zerosConfirmation: needed } = foreseen
  const { zerosConfirmation: given, change } = command
  if (needed === null || given === needed) return
  throw refusal('ZEROS_CONFIRMATION_NEEDED', {
    message: `${plan.zeros} listings of ${[...plan.zerosOf.keys()].join(', ')} would be sent to 0; nothing is changed`,
    field: 'zeros_confirmation',
    value: given.slice(0, 80),
    nextStep: `look at them, then do what it says: ${lookCommandOf(change)}`,
  })
}

function refuseOther({ confirmation: now }: ForeseenKit, command: MakeKitChange): void {
  const shown = readConfirmation(command.confirmation)
  if (!shown) return
  const isSame = now.version === shown.version && now.outcome.startsWith(shown.outcome)
  if (isSame) return
  const isStockAlone = now.version === shown.version && now.shape.startsWith(shown.shape)
  if (!isStockAlone) throw otherOutcome(command, 'was shown of a kit, or of listings, that are others by now')
  if (!command.allowStockMoves)
    throw otherOutcome(command, 'was shown before stock moved: other numbers would be sent by now')
}

function otherOutcome({ confirmation, change }: MakeKitChange, words: string): Error {
  const value = confirmation.slice(0, 80)
  return refusal('CONFIRMATION_STALE', {
    message: `"${value}" ${words}`,
    field: 'confirmation',
    value,
    nextStep: `look again: ${lookCommandOf(change)}`,
  })
}

function lookCommandOf({ item, components }: KitChange): string {
  return `${kitCommand(item, components)} --dry-run`
}
