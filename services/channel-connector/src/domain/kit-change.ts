import { quoted } from './look-command.ts'
import type { ChangedValue } from './rule-change.ts'

/** A component and how many units of it one kit needs. */
export interface KitPart {
  /** Id or SKU. */
  item: string
  quantity: bigint
}

/** A kit as it is to be; without components it is an item of its own. */
export interface KitChange {
  /** Id or SKU. */
  item: string
  components: readonly KitPart[]
  /** The item's version that was seen; 0 takes it as it is. */
  expectedVersion: bigint
}

/** What inventory says would become of a kit. */
export interface ShownKit {
  itemId: string
  sku: string
  version: number
  before: readonly ShownPart[]
  after: readonly ShownPart[]
  levels: readonly { locationId: string; locationName: string; available: number; availableAfter: number }[]
}

/** A component as inventory shows it. */
export interface ShownPart {
  itemId: string
  sku: string
  quantity: number
}

/** The command that puts an item together from these parts, or dissolves it when there are none. */
export function kitCommand(item: string, parts: readonly { item: string; quantity: bigint | number }[]): string {
  const components = parts.map(({ item: part, quantity }) => quoted(`${part}=${quantity}`))
  const how = components.length === 0 ? '--dissolve' : `--component ${components.join(' ')}`
  return `lockstep items kit ${quoted(item)} ${how}`
}

/** The components, and what each location has of the kit, beside what would be. Locations where nothing changes are left out. */
export function kitValues({ before, after, levels }: ShownKit): ChangedValue[] {
  const moved = levels.filter(({ available, availableAfter }) => available !== availableAfter)
  return [
    { channelSku: null, name: 'components', from: partsText(before), to: partsText(after) },
    ...moved.map(({ locationName, available, availableAfter }) => {
      const name = `available in ${locationName}`
      return { channelSku: null, name, from: String(available), to: String(availableAfter) }
    }),
  ]
}

function partsText(parts: readonly ShownPart[]): string | null {
  return parts.length === 0 ? null : parts.map(({ sku, quantity }) => `${quantity} × ${sku}`).join(', ')
}

/** Stands for the item's version, the numbers that a preview has shown, and which listings they end. */
export interface KitConfirmation {
  version: number
  outcome: string
  shape: string
}

/** The confirmation as a person passes it on. */
export function confirmationText({ version, outcome, shape }: KitConfirmation): string {
  return `kit-${version}-${outcome.slice(0, 16)}-${shape.slice(0, 16)}`
}

/** Reads it back; undefined for anything else. */
export function readConfirmation(text: string): KitConfirmation | undefined {
  const [, version = '', outcome = '', shape = ''] = /^kit-(\d{1,9})-([0-9a-f]{16})-([0-9a-f]{16})$/.exec(text) ?? []
  return shape === '' ? undefined : { version: Number(version), outcome, shape }
}
