import type { RuleChange } from './rule-change.ts'

/** Whether a change can lower a number that is sent; what takes it back says how it was. */
export function mayLower(change: RuleChange, inverse: RuleChange): boolean {
  if (change.kind !== 'settings' || inverse.kind !== 'settings') return true
  const [to, from] = [change.change, inverse.change]
  return (
    (to.maxListed ?? Infinity) < (from.maxListed ?? Infinity) ||
    (to.stockPercentage ?? 100) < (from.stockPercentage ?? 100) ||
    (to.endWhen ?? 0) > (from.endWhen ?? 0) ||
    isSwitched(to.channelSpecificStock, from.channelSpecificStock) ||
    isSwitched(to.enabled, from.enabled) ||
    isSwitched(to.updateInventory, from.updateInventory)
  )
}

function isSwitched(to: boolean | undefined, from: boolean | undefined): boolean {
  return to !== undefined && to !== from
}
