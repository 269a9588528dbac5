import { decide } from '@lockstep/pacing/group'
import { newGroup, type GroupState } from '@lockstep/pacing/group-state'
import type pg from 'pg'
import { groupColumns } from '../../services/channel-connector/src/domain/group-columns.ts'
import { groupInputs, type MemberFacts } from '../../services/channel-connector/src/domain/member-inputs.ts'
import { textOf } from '../../services/channel-connector/src/store/state-text.ts'

/** A catalogue too large for the services' own ways in, written into their tables as these would have left it: every number in step with Amazon. */
export interface Catalogue {
  accounts: readonly CatalogueAccount[]
  locations: readonly { id: string; name: string }[]
  connectionId: string
  itemCount: number
  /** Number of the first item; those below came by the services. */
  firstItem: number
}

/** An account that sells a stretch of the items. */
export interface CatalogueAccount {
  id: string
  name: string
  marketplaceId: string
  fromItem: number
  toItem: number
}

const onHandOf = (item: number, location: number) => 20 + ((item * 7 + location * 13) % 180)
const words = ['Lamp', 'Kettle', 'Chair', 'Mirror', 'Basket', 'Blanket', 'Shelf', 'Clock', 'Vase', 'Tray']
const colours = ['blue', 'green', 'black', 'white', 'amber', 'rose', 'grey', 'teal', 'plum', 'sand']

/** The SKU of an item of the catalogue. */
export const skuOf = (item: number) => `CAT-${String(item).padStart(6, '0')}`
/** Its title. */
export const titleOf = (item: number) =>
  `${words[item % words.length]} ${colours[Math.floor(item / 10) % colours.length]} model ${Math.floor(item / 7)}`

/** Items, levels and the ledger that explains them. */
export async function loadInventory(
  inventory: pg.Client,
  { itemCount, firstItem, locations }: Catalogue,
): Promise<void> {
  for (const [first, last] of stretches(firstItem, itemCount)) {
    const items = numbers(first, last)
    await inventory.query(
      `insert into item (id, sku, title) select * from unnest($1::text[], $2::text[], $3::text[])`,
      [items.map(itemId), items.map(skuOf), items.map(titleOf)],
    )
    const levels = items.flatMap((item) =>
      locations.map(({ id }, place) => ({ item, id, units: onHandOf(item, place) })),
    )
    await inventory.query(
      `with level as (
         insert into stock_level (item_id, location_id, on_hand)
         select * from unnest($1::text[], $2::text[], $3::bigint[])
         returning item_id, location_id, on_hand, version)
       insert into stock_movement (item_id, location_id, on_hand_change, reserved_change, held_change, on_hand_after, reserved_after, version, cause)
       select item_id, location_id, on_hand, 0, 0, on_hand, 0, version, '{"kind":"stock_set","actor":"bench"}' from level`,
      [levels.map(({ item }) => itemId(item)), levels.map(({ id }) => id), levels.map(({ units }) => units)],
    )
  }
  await inventory.query(`analyze`)
}

/** Listings with their links, the availability that inventory has announced, and the numbers that follow from it. */
export async function loadConnector(connector: pg.Client, catalogue: Catalogue): Promise<void> {
  for (const [first, last] of stretches(catalogue.firstItem, catalogue.itemCount)) {
    const items = numbers(first, last)
    await connector.query(
      `insert into sku_group (id, connection_id, channel_sku) select id, $1, sku from unnest($2::text[], $3::text[]) as g (id, sku)`,
      [catalogue.connectionId, items.map(groupId), items.map(skuOf)],
    )
    // Figures come before what needs them. The comparison of the services themselves may have brought some by now.
    await insertAvailability(connector, catalogue, items)
    await insertListings(connector, catalogue, items)
    await insertGroups(connector, catalogue, items)
  }
  await connector.query(`analyze`)
}

function stretches(first: number, count: number): [number, number][] {
  const size = 5_000
  const starts = Array.from({ length: Math.ceil((count - first) / size) }, (_, i) => first + i * size)
  return starts.map((start) => [start, Math.min(count, start + size)])
}

const numbers = (first: number, last: number) => Array.from({ length: last - first }, (_, i) => first + i)
const itemId = (item: number) => `itm_${String(item).padStart(26, '0')}`
const groupId = (item: number) => `grp_${String(item).padStart(26, '0')}`
const listingId = (item: number, place: number) => `lst_${place}${String(item).padStart(25, '0')}`

interface ListingPlace {
  item: number
  place: number
  account: CatalogueAccount
}

function listingsOf({ accounts }: Catalogue, items: readonly number[]): ListingPlace[] {
  return items.flatMap((item) =>
    accounts.flatMap((account, place) =>
      item >= account.fromItem && item < account.toItem ? [{ item, place, account }] : [],
    ),
  )
}

async function insertListings(connector: pg.Client, catalogue: Catalogue, items: readonly number[]): Promise<void> {
  const all = listingsOf(catalogue, items)
  await connector.query(
    `insert into listing (id, account_id, group_id, marketplace_id, channel_sku, asin, title, item_id, item_sku, linked_at)
     select *, now() from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $5::text[])`,
    [
      all.map(({ item, place }) => listingId(item, place)),
      all.map(({ account }) => account.id),
      all.map(({ item }) => groupId(item)),
      all.map(({ account }) => account.marketplaceId),
      all.map(({ item }) => skuOf(item)),
      all.map(() => 'B000000001'),
      all.map(({ item }) => titleOf(item)),
      all.map(({ item }) => itemId(item)),
    ],
  )
  await connector.query(
    `insert into member_state (listing_id, group_id, account_id) select * from unnest($1::text[], $2::text[], $3::text[])`,
    [
      all.map(({ item, place }) => listingId(item, place)),
      all.map(({ item }) => groupId(item)),
      all.map(({ account }) => account.id),
    ],
  )
}

async function insertAvailability(
  connector: pg.Client,
  { locations }: Catalogue,
  items: readonly number[],
): Promise<void> {
  const all = items.flatMap((item) => locations.map(({ id }, place) => ({ item, id, units: onHandOf(item, place) })))
  await connector.query(
    `insert into availability (item_id, location_id, available, version)
     select item_id, location_id, available, 1 from unnest($1::text[], $2::text[], $3::bigint[]) as a (item_id, location_id, available)
     on conflict do nothing`,
    [all.map(({ item }) => itemId(item)), all.map(({ id }) => id), all.map(({ units }) => units)],
  )
}

/** The state that the planner reaches when Amazon already shows the number it wants. */
async function insertGroups(connector: pg.Client, catalogue: Catalogue, items: readonly number[]): Promise<void> {
  const now = Date.now()
  const byItem = Map.groupBy(listingsOf(catalogue, items), ({ item }) => item)
  const states = [...byItem.values()].map((members) => ({
    item: members[0]?.item ?? 0,
    state: inStep(
      members.map((member) => factsOf(catalogue, member)),
      now,
    ),
  }))
  const columns = states.map(({ state }) => groupColumns(state))
  await connector.query(
    `insert into group_state (group_id, connection_id, channel_sku, pacing, state, reason, desired_quantity, desired_version, desired_at, live_quantity, live_read_at)
     select id, $1, sku, pacing, state, reason, desired, version, to_timestamp($8::float8 / 1000), desired, to_timestamp($8::float8 / 1000)
       from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[], $9::integer[])
            as g (id, sku, pacing, state, reason, desired, version)`,
    [
      catalogue.connectionId,
      states.map(({ item }) => groupId(item)),
      states.map(({ item }) => skuOf(item)),
      states.map(({ state }) => textOf(state)),
      columns.map(({ state }) => state),
      columns.map(({ reason }) => reason),
      columns.map((column) => column.desired_quantity),
      now,
      columns.map((column) => column.desired_version),
    ],
  )
}

function inStep(facts: readonly MemberFacts[], now: number): GroupState {
  const inputs = groupInputs(facts)
  const available = (facts[0]?.locations ?? []).reduce((sum, location) => sum + (location.available ?? 0), 0)
  const read = {
    kind: 'live_read' as const,
    quantity: available,
    leadTimeDays: null,
    channels: ['DEFAULT'],
    readAt: now,
  }
  const shown = decide(newGroup(), read, now).state
  return decide(shown, { kind: 'desired_changed', inputs, cause: { kind: 'linked', reference: null } }, now).state
}

function factsOf({ locations }: Catalogue, { item, place, account }: ListingPlace): MemberFacts {
  const unset = { maxListed: null, stockPercentage: null, endWhen: null, leadTimeDays: null }
  return {
    listingId: listingId(item, place),
    groupId: groupId(item),
    policy: 'lowest',
    ownerAccountId: null,
    accountId: account.id,
    accountName: account.name,
    marketplaceId: account.marketplaceId,
    asin: 'B000000001',
    title: titleOf(item),
    active: true,
    fba: false,
    ignoreSync: false,
    itemId: itemId(item),
    enabled: true,
    updateInventory: true,
    paused: 'no',
    wentLive: true,
    channelSpecificStock: true,
    productLeadTimes: false,
    productLeadTimeDays: null,
    own: unset,
    account: unset,
    locations: locations.map(({ id, name }, at) => ({
      id,
      name,
      kind: 'own',
      available: onHandOf(item, at),
      version: 1,
    })),
  }
}
