import type { Kysely } from 'kysely'

import { getAccount } from '../commands/get-account.ts'
import { namedWords } from '../domain/named-words.ts'
import { type ConflictMember, conflictMembers, disabledDetail, ownSku } from '../domain/sku-conflict.ts'
import {
  type ConflictKey,
  type ConflictPage,
  type ConflictRow,
  countConflicts,
  listConflictRows,
  listTakenSkus,
} from '../store/conflicts.ts'
import type { ChannelDb } from '../store/database.ts'
import { namesInGroups } from '../store/group-names.ts'
import { stateFrom } from '../store/state-text.ts'

/** A shared SKU that somebody should look at. */
export interface SkuConflict extends Omit<ConflictRow, 'pacing' | 'members' | 'isConfirmed'> {
  detail: string
  number: number | null
  /** The first number still waits for a person. */
  waits: boolean
  /** The policy keeps a raise back. */
  withheld: boolean
  members: ConflictMember[]
}

/** Which shared SKUs, of one account or of all. */
export interface ConflictQuestion {
  /** Id or name; all accounts when empty. */
  account: string
  after: ConflictKey | null
  limit: number
}

/** Shared SKUs that somebody should look at, by connection and SKU, and how many there are in all. */
export async function listConflicts(
  db: Kysely<ChannelDb>,
  question: ConflictQuestion,
): Promise<{ conflicts: SkuConflict[]; total: number }> {
  const page = await pageOf(db, question)
  const [rows, total] = await Promise.all([listConflictRows(db, page), countConflicts(db, page.accountId)])
  const names = await namesInGroups(
    db,
    rows.map(({ groupId }) => groupId),
  )
  return { conflicts: rows.map((row) => conflictOf(row, names)), total }
}

async function pageOf(db: Kysely<ChannelDb>, { account, after, limit }: ConflictQuestion): Promise<ConflictPage> {
  return { accountId: account === '' ? null : (await getAccount(db, account)).id, after, limit }
}

function conflictOf(
  { pacing, members: listings, isConfirmed, ...row }: ConflictRow,
  names: ReadonlyMap<string, string>,
): SkuConflict {
  const state = stateFrom(pacing)
  const members = conflictMembers(listings, state)
  const conflict = state.computation?.conflict ?? null
  return {
    ...row,
    detail: conflict ? namedWords(conflict.detail, names) : disabledDetail(members),
    number: state.computation?.number ?? null,
    waits: conflict !== null && !isConfirmed,
    withheld: state.computation?.withheld ?? false,
    members,
  }
}

/** A SKU of its own for one listing of a shared one. */
export interface Remedy {
  accountName: string
  marketplace: string
  channelSku: string
  /** Null when none fits. */
  newChannelSku: string | null
  asin: string
  itemSku: string | null
  note: string
}

/** A SKU of its own for each listing of the shared SKUs in conflict; the limit and the place count shared SKUs. */
export async function listRemedies(
  db: Kysely<ChannelDb>,
  question: ConflictQuestion,
): Promise<{ key: ConflictKey; remedies: Remedy[] }[]> {
  const rows = await listConflictRows(db, await pageOf(db, question))
  const wanted = rows.flatMap(({ connectionId, channelSku, members }) =>
    members.flatMap(({ marketplace }) => {
      const own = ownSku(channelSku, marketplace)
      return own === undefined ? [] : [{ connectionId, channelSku: own }]
    }),
  )
  const taken = new Set((await listTakenSkus(db, wanted)).map(keyOf))
  return rows.map((row) => ({ key: row, remedies: row.members.map((member) => remedyOf(row, member, taken)) }))
}

function keyOf({ connectionId, channelSku }: ConflictKey): string {
  return JSON.stringify([connectionId, channelSku])
}

function remedyOf(
  { connectionId, channelSku }: ConflictRow,
  { accountName, marketplace, asin, itemSku }: ConflictRow['members'][number],
  taken: ReadonlySet<string>,
): Remedy {
  const own = ownSku(channelSku, marketplace)
  const base = { accountName, marketplace, channelSku, newChannelSku: own ?? null, asin, itemSku }
  if (own === undefined) return { ...base, note: 'too long with the country added: choose a shorter one' }
  const isTaken = taken.has(keyOf({ connectionId, channelSku: own }))
  if (isTaken) return { ...base, note: 'listed already: link it, and close the shared listing in this marketplace' }
  return { ...base, note: itemSku === null ? 'not linked: name the item to link it to' : '' }
}
