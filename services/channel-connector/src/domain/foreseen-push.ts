import { createHash } from 'node:crypto'

import { type GroupNumber, groupNumber } from '@lockstep/pacing/group-policy'

import { byGroup, groupInputs, type MemberFacts } from './member-inputs.ts'
import { namedWords } from './named-words.ts'

/** What one SKU is sent, or why it is sent nothing. */
export interface ForeseenPair {
  /** Null when a gate is closed. */
  number: number | null
  leadTimeDays: number | null
  /** What the listings of the shared SKU disagree about; null when they agree. */
  conflict: string | null
  gate: string | null
}

/** What one SKU is sent as things stand, and what it would be sent if something were otherwise. */
export interface ForeseenNumber {
  groupId: string
  channelSku: string
  before: ForeseenPair
  after: ForeseenPair
  /** What Amazon is held to have, as far as that is known without asking. */
  level: number | null
  /** Names of the accounts that list the SKU, in the order they were created. */
  accounts: string[]
}

/** What of a group's own history its number depends on. */
export interface GroupHistory {
  groupId: string
  channelSku: string
  level: number | null
  /** Units that Amazon sold and that are not downloaded yet. */
  unseen: number
}

/** Computes the numbers of these groups twice: as things stand, and as they would stand. */
export function foreseeNumbers(
  groups: readonly GroupHistory[],
  facts: { before: readonly MemberFacts[]; after: readonly MemberFacts[] },
): ForeseenNumber[] {
  const before = byGroup(facts.before)
  const after = byGroup(facts.after)
  return groups.map((group) => ({
    groupId: group.groupId,
    channelSku: group.channelSku,
    before: pairOf(group, before.get(group.groupId) ?? []),
    after: pairOf(group, after.get(group.groupId) ?? []),
    level: group.level,
    accounts: (after.get(group.groupId) ?? []).map(({ accountName }) => accountName),
  }))
}

function pairOf({ unseen, level }: GroupHistory, members: readonly MemberFacts[]): ForeseenPair {
  const result: GroupNumber = groupNumber(groupInputs(members), unseen, level)
  if (result.kind === 'gated') return { number: null, leadTimeDays: null, conflict: null, gate: result.reason }
  const { number, leadTimeDays, conflict } = result
  return { number, leadTimeDays, conflict: conflict && named(conflict.detail, members), gate: null }
}

/** People know accounts by their names and items by their SKUs. */
function named(detail: string, members: readonly MemberFacts[]): string {
  const accounts = members.map(({ accountId, accountName }): [string, string] => [accountId, accountName])
  const items = members.flatMap(({ itemId, itemSku }): [string, string][] =>
    itemId && itemSku ? [[itemId, itemSku]] : [],
  )
  return namedWords(detail, new Map([...accounts, ...items]))
}

/** Whether the SKU is sent something else, or nothing any more. */
export function isChanged({ before, after }: ForeseenNumber): boolean {
  return before.number !== after.number || before.leadTimeDays !== after.leadTimeDays
}

/** How many listings these SKUs stand for: all that share them. */
export function countListings(numbers: readonly ForeseenNumber[]): number {
  return numbers.reduce((sum, { accounts }) => sum + accounts.length, 0)
}

/** A name for exactly this outcome of a change: another number for a SKU that it changes, or another conflict, is another outcome. */
export function outcomeOf(about: string, numbers: readonly ForeseenNumber[]): string {
  return digestOf(
    about,
    touched(numbers).map(({ channelSku, before, after }) => {
      const { number, leadTimeDays, conflict } = after
      return [channelSku, before.number, number, leadTimeDays, conflict]
    }),
  )
}

/** A name for which SKUs a change touches and which of them it ends or stops: it stays the same while only stock moves. */
export function shapeOf(about: string, numbers: readonly ForeseenNumber[]): string {
  return digestOf(
    about,
    touched(numbers).map(({ channelSku, after }) => {
      return [channelSku, after.number === null ? after.gate : after.number === 0, after.conflict !== null]
    }),
  )
}

function touched(numbers: readonly ForeseenNumber[]): ForeseenNumber[] {
  return numbers.filter((number) => isChanged(number) || number.after.conflict !== null)
}

function digestOf(about: string, lines: readonly unknown[]): string {
  const sorted = lines.map((line) => JSON.stringify(line)).toSorted((a, b) => (a < b ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify([about, sorted]))
    .digest('hex')
}
