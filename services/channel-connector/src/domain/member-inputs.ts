import { createHash } from 'node:crypto'

import type { GroupInputs, GroupPolicy, Member } from '@lockstep/pacing/group-policy'
import type { Gate, GateName, QuantitySettings, Setting } from '@lockstep/pacing/quantity-rules'

/** One listing with everything its number depends on, as our tables have it. */
export interface MemberFacts {
  listingId: string
  groupId: string
  policy: GroupPolicy
  accountId: string
  accountName: string
  marketplaceId: string
  asin: string
  title: string
  active: boolean
  fba: boolean
  ignoreSync: boolean
  itemId: string | null
  enabled: boolean
  updateInventory: boolean
  paused: 'no' | 'soft' | 'hard'
  wentLive: boolean
  channelSpecificStock: boolean
  own: SettingValues
  account: SettingValues
  locations: {
    id: string
    name: string
    kind: 'own' | 'third_party' | 'fba'
    available: number | null
    version: number
  }[]
}

/** The rules as set on one level; null is not set. */
export interface SettingValues {
  maxListed: number | null
  stockPercentage: number | null
  endWhen: number | null
  leadTimeDays: number | null
}

/** What the planner is told about a shared SKU: all its listings, in the order their accounts were created. */
export function groupInputs(members: readonly MemberFacts[]): GroupInputs {
  return {
    policy: members[0]?.policy ?? 'lowest',
    ownerAccountId: null,
    members: members.map(memberInputs),
    dataVersion: dataVersionOf(members),
  }
}

/** Changes with what Amazon checks a quantity against: the product behind the SKU and the offers it has. */
function dataVersionOf(members: readonly MemberFacts[]): string {
  const data = members.map((m) => [m.listingId, m.asin, m.title, m.active, m.fba])
  return createHash('sha256').update(JSON.stringify(data)).digest('base64url').slice(0, 12)
}

/** The listings of each group, the groups in no order. */
export function byGroup(facts: readonly MemberFacts[]): Map<string, MemberFacts[]> {
  return Map.groupBy(facts, (member) => member.groupId)
}

function memberInputs(facts: MemberFacts): Member {
  return {
    listingId: facts.listingId,
    accountId: facts.accountId,
    marketplaceId: facts.marketplaceId,
    itemId: facts.itemId,
    gates: gatesOf(facts),
    locations: facts.locations,
    settings: settingsOf(facts),
  }
}

/** Every gate in the order it is shown; a closed one says what to do. */
function gatesOf(facts: MemberFacts): Gate[] {
  const { accountName: account } = facts
  return [
    gate('account_enabled', facts.enabled, `the account is off: lockstep accounts enable ${account}`),
    gate(
      'update_inventory',
      facts.updateInventory,
      `Update inventory is off: lockstep sync dry-run ${account}, then turn it on with its confirmation`,
    ),
    gate(
      'linked',
      facts.itemId !== null,
      `not linked to an item: lockstep mapping link ${account} <channel-sku> <item>`,
    ),
    gate('not_fba', !facts.fba, 'Amazon keeps the stock of this listing'),
    gate('not_ignored', !facts.ignoreSync, 'Ignore Sync is set on the listing'),
    gate(
      'locations_mapped',
      facts.locations.length > 0,
      `no location is chosen: lockstep locations map ${account} <location>`,
    ),
    gate(
      'stock_known',
      stockUnknownIn(facts).length === 0,
      `waiting for inventory: ${stockUnknownIn(facts).join(', ')}`,
    ),
    gate('orders_current', facts.wentLive, 'the first order download has not ended yet'),
    pauseGate(facts),
  ]
}

function gate(name: GateName, open: boolean, whenClosed: string): Gate {
  return { gate: name, open, detail: open ? null : whenClosed }
}

function pauseGate(facts: MemberFacts): Gate {
  const open = facts.paused === 'no'
  const detail = open
    ? null
    : `paused${facts.paused === 'hard' ? ', zeros too' : ''}: lockstep sync resume ${facts.accountName}`
  return { gate: 'not_paused', open, detail, zerosPass: facts.paused === 'soft' }
}

/** Names of the summed locations whose figure we have not got. An unlinked listing has no figure to wait for. */
function stockUnknownIn(facts: MemberFacts): string[] {
  if (facts.itemId === null) return []
  return facts.locations
    .filter((l) => l.available === null && !(facts.channelSpecificStock && l.kind === 'fba'))
    .map((l) => l.name)
}

function settingsOf(facts: MemberFacts): QuantitySettings {
  return {
    endWhen: setting(facts, 'endWhen', 0),
    stockPercentage: setting(facts, 'stockPercentage', 100),
    maxListed: setting(facts, 'maxListed', null),
    leadTimeDays: setting(facts, 'leadTimeDays', null),
    channelSpecificStock: { value: facts.channelSpecificStock, from: 'account' },
  }
}

/** The listing's value beats the account's, which beats the default. */
function setting<T>(facts: MemberFacts, name: keyof SettingValues, unset: T): Setting<number | T> {
  const own = facts.own[name]
  if (own !== null) return { value: own, from: 'listing' }
  const account = facts.account[name]
  if (account !== null) return { value: account, from: 'account' }
  return { value: unset, from: 'default' }
}
