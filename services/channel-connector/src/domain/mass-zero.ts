import { createHash } from 'node:crypto'

/** Zeros that wait for a person. */
export interface HeldZeros {
  count: number
  since: Date
  /** Stands for exactly these zeros. */
  confirmation: string
}

/** Sums up what is held; undefined when nothing is. */
export function heldZeros(accountId: string, held: readonly { groupId: string; at: Date }[]): HeldZeros | undefined {
  if (held.length === 0) return undefined
  const groupIds = held.map((zero) => zero.groupId).toSorted()
  const hash = createHash('sha256')
    .update(JSON.stringify([accountId, groupIds]))
    .digest('hex')
  const since = new Date(Math.min(...held.map((zero) => zero.at.getTime())))
  return { count: held.length, since, confirmation: `zeros-${hash.slice(0, 16)}` }
}
