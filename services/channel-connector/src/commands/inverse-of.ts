import type { Kysely } from 'kysely'

import { differenceOf } from '../domain/sku-lookalikes.ts'
import { canonical, changedValues, isSameChange, type RuleChange } from '../domain/rule-change.ts'
import type { Account } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import { readPolicy } from '../store/group-policies.ts'
import { listRuledListings, type RuledListing } from '../store/listing-rules.ts'
import { listLookalikes } from '../store/listings.ts'
import { refusal } from './refuse.ts'

/** What would put everything back that the change touches: its values as they are now. Refuses listings that the account does not have. */
export async function inverseOf(db: Kysely<ChannelDb>, account: Account, change: RuleChange): Promise<RuleChange> {
  switch (change.kind) {
    case 'settings':
      return { kind: 'settings', change: pick(account, Object.keys(change.change)) }
    case 'locations':
      return { kind: 'locations', locationIds: account.locationIds, orderLocationId: account.orderLocationId }
    case 'links': {
      const listings = await ruled(db, account, change.links)
      const links = listings.map(({ channelSku, itemId, itemSku }) => ({
        channelSku,
        item: itemId === null ? null : { id: itemId, sku: itemSku ?? '' },
      }))
      return { kind: 'links', links }
    }
    case 'rules': {
      const listings = new Map((await ruled(db, account, change.rules)).map((one) => [one.channelSku, one]))
      const rules = change.rules.map(({ channelSku, change: named }) => ({
        channelSku,
        change: pick(listings.get(channelSku) ?? {}, Object.keys(named)),
      }))
      return { kind: 'rules', rules }
    }
    case 'policy':
      return { kind: 'policy', ...(await readPolicy(db, account.connectionId)) }
    default:
      return change satisfies never
  }
}

async function ruled(
  db: Kysely<ChannelDb>,
  account: Account,
  named: readonly { channelSku: string }[],
): Promise<RuledListing[]> {
  const skus = named.map(({ channelSku }) => channelSku)
  const listings = await listRuledListings(db, account.id, skus.filter(isPossible))
  const known = new Set(listings.map(({ channelSku }) => channelSku))
  const unknown = skus.find((sku) => !known.has(sku))
  if (unknown === undefined) return listings
  throw await unknownListing(db, account, unknown)
}

/** A zero character cannot be asked for in a text column. */
function isPossible(sku: string): boolean {
  return !sku.includes('\u0000')
}

async function unknownListing(db: Kysely<ChannelDb>, account: Account, channelSku: string): Promise<Error> {
  const candidates = isPossible(channelSku) ? await listLookalikes(db, { accountId: account.id, channelSku }) : []
  const hint = candidates.map((sku) => `; "${sku}" differs only in ${differenceOf(channelSku, sku)}`).join('')
  return refusal('LISTING_UNKNOWN', {
    message: `${account.name} has no listing "${channelSku.slice(0, 60)}"${hint}`,
    field: 'channel_sku',
    value: channelSku.slice(0, 60),
    candidates,
  })
}

function pick(from: object, names: readonly string[]): Record<string, never> {
  const entries = Object.entries(from).filter(([name]) => names.includes(name))
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the names are those of the change, so its type has them
  return Object.fromEntries(entries) as Record<string, never>
}

/** Refuses when what is there now is not what it was when a person looked. */
export function refuseMovedOn(then: RuleChange, now: RuleChange): void {
  if (isSameChange(then, now)) return
  const [first] = changedValues(now, then).filter(({ from, to }) => from !== to)
  const value = first?.to ?? 'none'
  const whose = first?.channelSku == null ? '' : ` of "${first.channelSku}"`
  throw refusal('SETTINGS_MOVED_ON', {
    message: first
      ? `${first.name}${whose} is ${value} by now, not ${first.from ?? 'none'}: somebody else has changed it`
      : `somebody else has changed it: ${canonical(now).slice(0, 200)}`,
    field: first?.name ?? 'change',
    value,
  })
}
