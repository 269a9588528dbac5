import { createHash } from 'node:crypto'

import type { Kysely } from 'kysely'

import { type ForeseenNumber, isChanged, outcomeOf, shapeOf } from '../domain/foreseen-push.ts'
import type { PlannedPush } from '../domain/planned-push.ts'
import { canonical, type RuleChange } from '../domain/rule-change.ts'
import { type Supposition, supposeChange } from '../domain/suppose-change.ts'
import { type AwaitedChange, supposedAwaits } from '../domain/supposed-awaits.ts'
import type { Account } from '../store/accounts.ts'
import { listPlacelessSales } from '../store/awaited-sales.ts'
import type { ChannelDb } from '../store/database.ts'
import { countLinked, type GroupScope } from '../store/foreseen-groups.ts'
import type { Location } from '../store/locations.ts'
import { foreseePush } from './foresee-push.ts'

/** A change of an account, with the locations that inventory knows. */
export interface WantedChange {
  account: Account
  change: RuleChange
  known: readonly Location[]
}

/** What a change would do. */
export interface ForeseenChange {
  numbers: ForeseenNumber[]
  /** Names exactly these numbers. */
  outcome: string
  /** Names which SKUs are touched and which of them end or stop. */
  shape: string
}

/** Works out what a change would do to every SKU that it can touch. Reads only. */
export async function foreseeChange(db: Kysely<ChannelDb>, wanted: WantedChange): Promise<ForeseenChange> {
  const { account, change, known } = wanted
  const scope = { accountId: account.id, locations: known.map(({ id, name, kind }) => ({ id, name, kind })) }
  const awaited = await awaitedUnder(db, account, change)
  const supposed = { ...supposeChange(change, scope), awaited }
  const numbers = await foreseePush(db, scopeOf(account, change), supposed)
  if (change.kind === 'links') numbers.push(...(await foreseeElsewhere(db, numbers, supposed)))
  const about = `${account.id} ${canonical(change)}`
  return { numbers, outcome: outcomeOf(about, numbers), shape: shapeOf(about, numbers) }
}

/** The units of downloaded orders that get their item, or lose it, with the change. */
async function awaitedUnder(db: Kysely<ChannelDb>, account: Account, change: RuleChange): Promise<AwaitedChange> {
  if (change.kind !== 'links' && change.kind !== 'locations') return new Map()
  const skus = change.kind === 'links' ? change.links.map(({ channelSku }) => channelSku) : ('all' as const)
  const sales = await listPlacelessSales(db, account.id, skus)
  return supposedAwaits(change, account.orderLocationId, sales)
}

/** What becomes of other listings of an item when orders of a SKU that is linked to it are about to take its units. */
async function foreseeElsewhere(
  db: Kysely<ChannelDb>,
  numbers: readonly ForeseenNumber[],
  supposed: Supposition,
): Promise<ForeseenNumber[]> {
  if (supposed.awaited.size === 0) return []
  const known = new Set(numbers.map(({ groupId }) => groupId))
  const others = await foreseePush(db, { kind: 'items', itemIds: [...supposed.awaited.keys()] }, supposed)
  return others.filter((number) => isChanged(number) && !known.has(number.groupId))
}

function scopeOf({ id, connectionId }: Account, change: RuleChange): GroupScope {
  switch (change.kind) {
    case 'settings':
    case 'locations':
      return { kind: 'account', accountId: id }
    case 'links':
      return { kind: 'skus', connectionId, skus: change.links.map(({ channelSku }) => channelSku) }
    case 'rules':
      return { kind: 'skus', connectionId, skus: change.rules.map(({ channelSku }) => channelSku) }
    case 'policy':
      return { kind: 'shared', connectionId }
    default:
      return change satisfies never
  }
}

/**
 * What must be said beside the confirmation when a change takes more than this share of the linked listings of any account to 0, its own or one that shares
 * its SKUs; null when it takes fewer. Stands for these zeros of this outcome.
 */
export async function zerosConfirmationOf(
  db: Kysely<ChannelDb>,
  about: Pick<PlannedPush, 'zeros' | 'zerosOf'> & { shape: string; sharePercent: number },
): Promise<string | null> {
  const { zeros, zerosOf, shape, sharePercent } = about
  if (zeros === 0) return null
  const linked = await countLinked(db, [...zerosOf.keys()])
  // Where nothing is linked nothing of ours ends.
  const isMany = [...linked].some(([name, listings]) => (zerosOf.get(name) ?? 0) * 100 > sharePercent * listings)
  if (!isMany) return null
  const digest = createHash('sha256').update(`zeros ${shape}`).digest('hex')
  return `zeros-${zeros}-${digest.slice(0, 12)}`
}
