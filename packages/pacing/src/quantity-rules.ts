/** The gates a listing must pass before a number is computed for it, in the order they are explained. */
export const GATES = [
  'account_enabled',
  'update_inventory',
  'linked',
  'not_fba',
  'not_ignored',
  'locations_mapped',
  'stock_known',
  'orders_current',
  'not_paused',
] as const

export type GateName = (typeof GATES)[number]

/** One gate as it stands. `zerosPass` is for `not_paused` only: a soft pause still lets a 0 through. */
export type Gate = { gate: GateName; open: boolean; detail: string | null; zerosPass?: boolean }

/** A setting's value and which level it was taken from: listing beats product beats account beats default. */
export type Setting<T> = { value: T; from: 'default' | 'account' | 'product' | 'listing' }

/** The seller's rules for one listing. `endWhen` in units, `stockPercentage` 0–100, `leadTimeDays` 1–30 or none. */
export type QuantitySettings = {
  endWhen: Setting<number>
  stockPercentage: Setting<number>
  maxListed: Setting<number | null>
  leadTimeDays: Setting<number | null>
  /** *Use Channel Specific Stock Levels*: leaves FBA locations out of the sum. */
  channelSpecificStock: Setting<boolean>
}

/** What a mapped location offers. `available` null = not known yet, which is never read as 0. */
export type LocationFigure = {
  id: string
  name: string
  kind: 'own' | 'third_party' | 'fba'
  available: number | null
  version: number
  /** Units of it that downloaded orders are about to take; absent when there are none. */
  awaited?: number
  /** Units of it that the hold of this very SKU keeps back already; absent when there are none. */
  held?: number
}

/** Everything the rules need to know about one listing. */
export type ListingInputs = { gates: Gate[]; locations: LocationFigure[]; settings: QuantitySettings }

export type StepName = 'sum_available' | 'less_unseen' | 'end_when' | 'stock_percentage' | 'max_listed' | 'group_policy'

/** One line of the explanation: what a rule was given and what it made of it, in units. */
export type Step = { step: StepName; before: number; after: number; note: string | null }

export type QuantityResult =
  | { kind: 'number'; number: number; leadTimeDays: number | null; zeroOnly: boolean; steps: Step[] }
  | { kind: 'gated'; closed: GateName[]; steps: Step[] }

/** The settings of a seller who has set nothing: no cap, the full share, ended at 0, no lead time. */
export const defaultSettings: QuantitySettings = {
  endWhen: { value: 0, from: 'default' },
  stockPercentage: { value: 100, from: 'default' },
  maxListed: { value: null, from: 'default' },
  leadTimeDays: { value: null, from: 'default' },
  channelSpecificStock: { value: true, from: 'default' },
}

/**
 * The number one listing would send, with every step on the way, or the gates that keep it from having one.
 * `unseen` are units Amazon has sold and we have not downloaded. What of them a hold keeps back in the available figure is not taken off twice; what a hold
 * still keeps back although nothing asks for it any more counts as available. The number is whole and never below 0.
 * A listing whose only closed gate is a soft pause still gets its number, marked `zeroOnly`.
 */
export function quantityOf(inputs: ListingInputs, unseen: number): QuantityResult {
  const closed = closedGates(inputs)
  const zeroOnly = closed.length === 1 && inputs.gates.some((g) => g.gate === 'not_paused' && !g.open && g.zerosPass)
  if (closed.length > 0 && !zeroOnly) return { kind: 'gated', closed, steps: [] }

  const held = summedLocations(inputs).reduce((total, l) => total + (l.held ?? 0), 0)
  const covered = Math.min(held, unseen)
  const steps = [sumAvailable(inputs, held - covered)]
  const last = () => steps.at(-1)?.after ?? 0
  steps.push(lessUnseen(last(), { units: unseen - covered, covered }))
  steps.push(endWhen(last(), inputs.settings.endWhen.value))
  steps.push(stockPercentage(last(), inputs.settings.stockPercentage.value))
  steps.push(maxListed(last(), inputs.settings.maxListed.value))
  return { kind: 'number', number: last(), leadTimeDays: inputs.settings.leadTimeDays.value, zeroOnly, steps }
}

/** Names every closed gate. Unknown stock closes its gate here too, whatever the caller says, so that it can never count as 0. */
export function closedGates(inputs: ListingInputs): GateName[] {
  const summed = summedLocations(inputs)
  const closed = new Set(inputs.gates.filter((g) => !g.open).map((g) => g.gate))
  if (inputs.locations.length === 0) closed.add('locations_mapped')
  if (summed.some((l) => l.available === null)) closed.add('stock_known')
  return GATES.filter((g) => closed.has(g))
}

/** The locations that count towards the number: FBA ones only when channel-specific levels are switched off. */
export function summedLocations(inputs: ListingInputs): LocationFigure[] {
  return inputs.settings.channelSpecificStock.value
    ? inputs.locations.filter((l) => l.kind !== 'fba')
    : inputs.locations
}

/** `released`: units in a hold of this SKU that nothing asks for any more; the figure without them is on its way. */
function sumAvailable(inputs: ListingInputs, released: number): Step {
  const sum = summedLocations(inputs).reduce((total, l) => total + (l.available ?? 0), 0)
  const awaited = summedLocations(inputs).reduce((total, l) => total + (l.awaited ?? 0), 0)
  const left = inputs.locations.length - summedLocations(inputs).length
  const notes = [
    sum < 0 ? `${-sum} short` : null,
    awaited > 0 ? `${awaited} in downloaded orders that are about to take this item` : null,
    released > 0 ? `${released} no longer held` : null,
    left > 0 ? `${left} FBA location${left === 1 ? '' : 's'} left out` : null,
  ].filter((note) => note !== null)
  return {
    step: 'sum_available',
    before: sum,
    after: Math.max(0, sum + released - awaited),
    note: notes.length > 0 ? notes.join(', ') : null,
  }
}

function lessUnseen(before: number, { units, covered }: { units: number; covered: number }): Step {
  const notes = [
    units > 0 ? `${units} sold on Amazon and not downloaded yet` : null,
    covered > 0 ? `${covered} more of them held, so not available already` : null,
  ].filter((note) => note !== null)
  return {
    step: 'less_unseen',
    before,
    after: Math.max(0, before - units),
    note: notes.length > 0 ? notes.join(', ') : null,
  }
}

function endWhen(before: number, threshold: number): Step {
  const ended = before <= threshold
  return {
    step: 'end_when',
    before,
    after: ended ? 0 : before,
    note: ended && before > 0 ? `at or below ${threshold}` : null,
  }
}

function stockPercentage(before: number, percent: number): Step {
  const after = Math.max(0, Math.floor((before * percent) / 100))
  return { step: 'stock_percentage', before, after, note: after === before ? null : `${percent} %, rounded down` }
}

function maxListed(before: number, cap: number | null): Step {
  const after = cap === null ? before : Math.min(before, Math.max(0, Math.floor(cap)))
  return { step: 'max_listed', before, after, note: after === before ? null : `capped at ${cap}` }
}
