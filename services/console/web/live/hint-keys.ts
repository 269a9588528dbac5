import type { Hint } from '../../src/wire/live.ts'

/** The beginning of the key of every query that a change concerns. */
export type KeyPrefix = readonly string[]

const stock: readonly KeyPrefix[] = [['listings'], ['why']]
const everything: readonly KeyPrefix[] = [[]]

/** A listing's change may concern listings of other accounts: they share its SKU. */
const concerned: Readonly<Record<string, readonly KeyPrefix[]>> = {
  availability: stock,
  'fba-level': stock,
  listing: [...stock, ['accounts']],
  account: [...stock, ['accounts']],
  report: [['listings'], ['accounts']],
  poll: [['accounts']],
  order: [['orders'], ['order'], ['audit']],
  despatch: [['orders'], ['order'], ['audit']],
}

/** Which queries show what a hint is about; only those on the screen are read again. What a newer release announces concerns everything. */
export const keysOf = ({ entity }: Pick<Hint, 'entity'>): readonly KeyPrefix[] => concerned[entity] ?? everything
