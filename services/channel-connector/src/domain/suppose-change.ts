import type { AccountFacts, ListingFacts, MappedLocation } from './member-inputs.ts'
import type { RuleChange } from './rule-change.ts'
import type { AwaitedChange } from './supposed-awaits.ts'

/** How the facts would read if something were otherwise than it is. */
export interface Supposition {
  listing(facts: ListingFacts): ListingFacts
  account(facts: AccountFacts): AccountFacts
  awaited: AwaitedChange
  /** What would be available of items by location, in place of what is; absent when that is as it is. */
  available?: ReadonlyMap<string, ReadonlyMap<string, number>>
}

/** The facts as they are. */
export const asItIs: Supposition = { listing: (facts) => facts, account: (facts) => facts, awaited: new Map() }

/** Whose change it is, and what is known of locations that it maps. */
export interface ChangeScope {
  accountId: string
  locations: readonly MappedLocation[]
}

/**
 * The facts as they would read with the change made. Turning Update inventory on is taken as shown for the time when the first order run has ended,
 * for nothing leaves before.
 */
export function supposeChange(change: RuleChange, scope: ChangeScope): Supposition {
  switch (change.kind) {
    case 'settings':
      return ofAccount(scope, (facts) => withSettings(facts, change))
    case 'locations': {
      const mapped = scope.locations.filter(({ id }) => change.locationIds.includes(id))
      const { orderLocationId } = change
      return ofAccount(scope, (facts) => ({ ...facts, orderLocationId, mapped: mapped.toSorted(byName) }))
    }
    case 'links': {
      const items = new Map(change.links.map(({ channelSku, item }) => [channelSku, item]))
      return ofListings(scope, items, (facts, item) => ({
        ...facts,
        itemId: item?.id ?? null,
        itemSku: item?.sku ?? null,
      }))
    }
    case 'rules': {
      const rules = new Map(change.rules.map((rule) => [rule.channelSku, rule.change]))
      return ofListings(scope, rules, (facts, { ignoreSync = facts.ignoreSync, ...own }) => ({
        ...facts,
        ignoreSync,
        own: { ...facts.own, ...given(own) },
      }))
    }
    case 'policy': {
      const { policy, ownerAccountId } = change
      return { ...asItIs, account: (facts) => ({ ...facts, policy, ownerAccountId }) }
    }
    default:
      return change satisfies never
  }
}

function byName(one: MappedLocation, other: MappedLocation): number {
  return one.name < other.name ? -1 : 1
}

function ofAccount({ accountId }: ChangeScope, alter: Supposition['account']): Supposition {
  return { ...asItIs, account: (facts) => (facts.accountId === accountId ? alter(facts) : facts) }
}

function ofListings<T>(
  { accountId }: ChangeScope,
  bySku: ReadonlyMap<string, T>,
  alter: (facts: ListingFacts, value: T) => ListingFacts,
): Supposition {
  const listing = (facts: ListingFacts): ListingFacts => {
    if (facts.accountId !== accountId || !bySku.has(facts.channelSku)) return facts
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the map has it, and null is a value of its own
    return alter(facts, bySku.get(facts.channelSku) as T)
  }
  return { ...asItIs, listing }
}

function withSettings(facts: AccountFacts, { change }: Extract<RuleChange, { kind: 'settings' }>): AccountFacts {
  const { maxListed, stockPercentage, endWhen, defaultLeadTimeDays: leadTimeDays } = change
  const { enabled = facts.enabled, updateInventory = facts.updateInventory } = change
  return {
    ...facts,
    enabled,
    updateInventory,
    wentLive: change.updateInventory === true || facts.wentLive,
    channelSpecificStock: change.channelSpecificStock ?? facts.channelSpecificStock,
    productLeadTimes: change.productLeadTimes ?? facts.productLeadTimes,
    account: { ...facts.account, ...given({ maxListed, stockPercentage, endWhen, leadTimeDays }) },
  }
}

/** Only the values that are named: undefined says nothing. */
function given<T extends object>(values: T): Partial<{ [K in keyof T]: Exclude<T[K], undefined> }> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is undefined was filtered out
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<{
    [K in keyof T]: Exclude<T[K], undefined>
  }>
}
