import { createHash } from 'node:crypto'

import type { GroupInputs, GroupPolicy, HoldPlace, Member } from '@lockstep/pacing/group-policy'
import type { Gate, GateName, QuantitySettings, Setting } from '@lockstep/pacing/quantity-rules'

/** One listing with everything its number depends on, as our tables have it. */
export interface MemberFacts {
  listingId: string
  groupId: string
  policy: GroupPolicy
  /** The account that decides under the policy owner; null when none was chosen. */
  ownerAccountId: string | null
  accountId: string
  accountName: string
  marketplaceId: string
  asin: string
  title: string
  active: boolean
  fba: boolean
  ignoreSync: boolean
  itemId: string | null
  /** How people call the item. */
  itemSku?: string | null
  enabled: boolean
  updateInventory: boolean
  paused: 'no' | 'soft' | 'hard'
  wentLive: boolean
  channelSpecificStock: boolean
  /** Each item brings its own lead time. */
  productLeadTimes: boolean
  /** The one that this item brings to this account; null when it brings none. */
  productLeadTimeDays: number | null
  own: SettingValues
  account: SettingValues
  locations: {
    id: string
    name: string
    kind: 'own' | 'third_party' | 'fba'
    available: number | null
    version: number
    /** Units of downloaded orders that get this item with a new link or mapping and are not reserved yet. */
    awaited?: number
    /** What of it each hold keeps back, by group. */
    holds?: Readonly<Record<string, number>> | null
  }[]
  /** Where its account's orders reserve; null when none is chosen. */
  orderLocationId?: string | null
}

/** The rules as set on one level; null is not set. */
export interface SettingValues {
  maxListed: number | null
  stockPercentage: number | null
  endWhen: number | null
  leadTimeDays: number | null
}

/** A location that an account sums. */
export type MappedLocation = Pick<MemberFacts['locations'][number], 'id' | 'name' | 'kind'>

/** What all listings of an account have in common. */
export type AccountFacts = Pick<
  MemberFacts,
  | 'policy'
  | 'ownerAccountId'
  | 'accountId'
  | 'accountName'
  | 'enabled'
  | 'updateInventory'
  | 'paused'
  | 'wentLive'
  | 'channelSpecificStock'
  | 'productLeadTimes'
  | 'orderLocationId'
> & { account: SettingValues; mapped: MappedLocation[]; place: number }

/** What a listing has of its own. */
export type ListingFacts = Omit<MemberFacts, keyof AccountFacts | 'locations' | 'productLeadTimeDays'> & {
  accountId: string
  channelSku: string
}

/** What the planner is told about a shared SKU: all its listings, in the order their accounts were created. */
export function groupInputs(members: readonly MemberFacts[]): GroupInputs {
  return {
    policy: members[0]?.policy ?? 'lowest',
    ownerAccountId: members[0]?.ownerAccountId ?? null,
    members: members.map(memberInputs),
    holdAt: holdPlace(members),
    dataVersion: dataVersionOf(members),
  }
}

/** Where units are held that Amazon sold of the SKU: its first listing whose orders are downloaded and reserve somewhere says it. */
function holdPlace(members: readonly MemberFacts[]): HoldPlace | null {
  for (const { enabled, wentLive, fba, listingId, itemId, orderLocationId: locationId } of members) {
    if (enabled && wentLive && !fba && itemId !== null && locationId) return { listingId, itemId, locationId }
  }
  return null
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
    gates: closedGatesOf(facts),
    locations: facts.locations.map(({ awaited, holds, ...figure }) => {
      const held = holds?.[facts.groupId] ?? 0
      return { ...figure, ...(awaited && { awaited }), ...(held > 0 && { held }) }
    }),
    settings: settingsOf(facts),
  }
}

/** The closed gates, each with what to do; a gate that is not among them is open. Few are closed, and every group is stored with its own. */
function closedGatesOf(facts: MemberFacts): Gate[] {
  const { accountName: account } = facts
  const closed: Gate[] = []
  const close = (gate: GateName, detail: string) => closed.push({ gate, open: false, detail })
  if (!facts.enabled) close('account_enabled', `the account is off: lockstep accounts enable ${account}`)
  if (!facts.updateInventory) {
    close('update_inventory', `Update inventory is off: lockstep sync dry-run ${account}, then turn it on`)
  }
  if (facts.itemId === null) {
    close('linked', `not linked to an item: lockstep mapping link ${account} <channel-sku> <item>`)
  }
  if (facts.fba) close('not_fba', 'Amazon keeps the stock of this listing')
  if (facts.ignoreSync) close('not_ignored', 'Ignore Sync is set on the listing')
  if (facts.locations.length === 0) {
    close('locations_mapped', `no location is chosen: lockstep locations map ${account} <location>`)
  }
  const unknown = stockUnknownIn(facts)
  if (unknown.length > 0) close('stock_known', `waiting for inventory to tell the stock in ${unknown.join(', ')}`)
  if (!facts.wentLive) close('orders_current', 'the first order download has not ended yet')
  return facts.paused === 'no' ? closed : [...closed, pauseGate(facts)]
}

function pauseGate({ paused, accountName }: MemberFacts): Gate {
  const detail = `paused${paused === 'hard' ? ', zeros too' : ''}: lockstep sync resume ${accountName}`
  return { gate: 'not_paused', open: false, detail, zerosPass: paused === 'soft' }
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
    leadTimeDays: leadTime(facts),
    channelSpecificStock: { value: facts.channelSpecificStock, from: 'account' },
  }
}

/** With lead times of the products an item without one sends none: the account has no default then. */
function leadTime(facts: MemberFacts): Setting<number | null> {
  const { own, productLeadTimes, productLeadTimeDays } = facts
  if (own.leadTimeDays === null && productLeadTimes && productLeadTimeDays !== null) {
    return { value: productLeadTimeDays, from: 'product' }
  }
  return setting(facts, 'leadTimeDays', null)
}

/** The listing's value beats the account's, which beats the default. */
function setting<T>(facts: MemberFacts, name: keyof SettingValues, unset: T): Setting<number | T> {
  const own = facts.own[name]
  if (own !== null) return { value: own, from: 'listing' }
  const account = facts.account[name]
  if (account !== null) return { value: account, from: 'account' }
  return { value: unset, from: 'default' }
}
