import { meter } from '@lockstep/telemetry/metrics'

const inventory = meter('inventory')

const moves = inventory.createCounter('inventory_level_moves', {
  description: 'Levels changed, by the command or message that changed them',
})
const oversold = inventory.createCounter('inventory_oversold', {
  description: 'Times that a level was taken to less than nothing available, or further below',
})
const refusals = inventory.createCounter('inventory_refusals', {
  description: 'Commands refused, by command and reason',
})
const messages = inventory.createCounter('inventory_book_messages', {
  description:
    'Messages about orders, despatches and holds taken into the books, by kind and whether they brought anything new',
})
const unbalanced = inventory.createCounter('inventory_unbalanced_levels', {
  description: 'Levels found to differ from their ledger or from what orders and reservations claim',
})

const kitFailures = inventory.createCounter('inventory_kit_failures', {
  description: 'Times that the levels of a kit could not be computed',
})

export function countMoves(command: string, levels: number): void {
  if (levels > 0) moves.add(levels, { command })
}

export function countOversold(): void {
  oversold.add(1)
}

export function countRefusal(command: string, reason: string): void {
  refusals.add(1, { command, reason })
}

export function countBookMessage(kind: 'order' | 'despatch' | 'hold', outcome: 'applied' | 'known'): void {
  messages.add(1, { kind, outcome })
}

export function countUnbalanced(levels: number): void {
  unbalanced.add(levels)
}

export function countKitFailure(): void {
  kitFailures.add(1)
}

const openIncidents = inventory.createGauge('inventory_open_incidents', {
  description: 'Incidents that are open, by kind: oversell, shortfall, unbalanced, cancelled_after_despatch',
})
const incidentUnits = inventory.createGauge('inventory_incident_units', {
  description: 'Units that open incidents are about, by kind',
})

/** What is open now. A kind without any is told as 0, so that an alarm ends. */
export function tellIncidents(kind: string, figures: { open: number; units: number }): void {
  openIncidents.record(figures.open, { kind })
  incidentUnits.record(figures.units, { kind })
}
