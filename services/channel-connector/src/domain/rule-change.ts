import type { GroupPolicy } from '@lockstep/pacing/group-policy'

import type { SettingsChange } from './account-settings.ts'

/** Rules of one listing. Absent stays as it is, null takes the value away so that the account's counts. */
export interface ListingRules {
  maxListed?: number | null
  stockPercentage?: number | null
  endWhen?: number | null
  leadTimeDays?: number | null
  ignoreSync?: boolean
}

/** An item as a link names it. */
export interface LinkedItem {
  id: string
  sku: string
}

/** A change of what listings are sent, as it is shown first, made, kept and undone. */
export type RuleChange =
  | { kind: 'settings'; change: SettingsChange }
  | { kind: 'locations'; locationIds: string[]; orderLocationId: string | null }
  | { kind: 'links'; links: { channelSku: string; item: LinkedItem | null }[] }
  | { kind: 'rules'; rules: { channelSku: string; change: ListingRules }[] }
  | { kind: 'policy'; policy: GroupPolicy; ownerAccountId: string | null }

/** Whether two changes set the same values. */
export function isSameChange(one: RuleChange, other: RuleChange): boolean {
  return canonical(one) === canonical(other)
}

/** The same text for the same change, in whatever order its fields and lines came. */
export function canonical(change: RuleChange): string {
  return JSON.stringify(sorted(change))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    const entries = value.map((entry) => sorted(entry))
    return entries.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  }
  if (value === null || typeof value !== 'object') return value
  const entries = Object.entries(value).filter(([, held]) => held !== undefined)
  return Object.fromEntries(
    entries.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([name, held]) => [name, sorted(held)]),
  )
}

/** One value that a change sets, in words that people and machines read alike. */
export interface ChangedValue {
  /** The SKU of the listing; null when it is the account's or the connection's. */
  channelSku: string | null
  name: string
  from: string | null
  to: string | null
}

/** What a change sets, beside what was there before: one entry per value. */
export function changedValues(change: RuleChange, inverse: RuleChange): ChangedValue[] {
  const before = new Map(valuesOf(inverse).map((value) => [keyOf(value), value.to]))
  return valuesOf(change).map((value) => ({ ...value, from: before.get(keyOf(value)) ?? null }))
}

type SetValue = Omit<ChangedValue, 'from'>

function keyOf({ channelSku, name }: SetValue): string {
  return JSON.stringify([channelSku, name])
}

function valuesOf(change: RuleChange): SetValue[] {
  switch (change.kind) {
    case 'settings':
      return namedValues(null, change.change)
    case 'locations':
      return [
        { channelSku: null, name: 'locations', to: change.locationIds.toSorted().join(', ') },
        { channelSku: null, name: 'order_location', to: change.orderLocationId },
      ]
    case 'links':
      return change.links.map(({ channelSku, item }) => ({ channelSku, name: 'item', to: item?.sku ?? null }))
    case 'rules':
      return change.rules.flatMap(({ channelSku, change: rules }) => namedValues(channelSku, rules))
    case 'policy':
      return [
        { channelSku: null, name: 'policy', to: change.policy },
        { channelSku: null, name: 'owner', to: change.ownerAccountId },
      ]
    default:
      return change satisfies never
  }
}

function namedValues(channelSku: string | null, values: object): SetValue[] {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({ channelSku, name: snakeCase(name), to: value === null ? null : String(value) }))
}

/** The name of a setting as callers write it. */
export function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
