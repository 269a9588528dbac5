import { createHash } from 'node:crypto'

import { groupNumber } from '@lockstep/pacing/group-policy'

import { byGroup, groupInputs, type MemberFacts } from './member-inputs.ts'

/** What one SKU of an account would be sent if the account's Update inventory were on. */
export interface ForeseenNumber {
  groupId: string
  channelSku: string
  /** Null when a gate is closed. */
  number: number | null
  leadTimeDays: number | null
  /** What the listings of the shared SKU disagree about; null when they agree. */
  conflict: string | null
  gate: string | null
}

/** Foresees the numbers of these SKUs, with the account's Update inventory taken as on, its first order run as ended, and every other gate as it stands. */
export function foreseeNumbers(
  accountId: string,
  facts: readonly MemberFacts[],
  skus: ReadonlyMap<string, string>,
): ForeseenNumber[] {
  return [...byGroup(facts)].map(([groupId, members]) => {
    const supposed = members.map((m) =>
      m.accountId === accountId ? { ...m, updateInventory: true, wentLive: true } : m,
    )
    const result = groupNumber(groupInputs(supposed), 0, null)
    const channelSku = skus.get(groupId) ?? ''
    if (result.kind === 'gated') {
      return { groupId, channelSku, number: null, leadTimeDays: null, conflict: null, gate: result.reason }
    }
    const { number, leadTimeDays } = result
    return { groupId, channelSku, number, leadTimeDays, conflict: result.conflict?.detail ?? null, gate: null }
  })
}

/** A name for exactly this outcome: another number for one SKU is another outcome. */
export function outcomeOf(accountId: string, numbers: readonly ForeseenNumber[]): string {
  const lines = numbers
    .map((n) => JSON.stringify([n.channelSku, n.number, n.leadTimeDays, n.conflict]))
    .toSorted((a, b) => (a < b ? -1 : 1))
  return createHash('sha256')
    .update(JSON.stringify([accountId, lines]))
    .digest('hex')
}
