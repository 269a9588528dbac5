import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { GateName, ListingInputs, LocationFigure, QuantitySettings } from './quantity-rules.ts'
import { GATES, quantityOf } from './quantity-rules.ts'

type Values = {
  endWhen?: number
  percent?: number
  maxListed?: number | null
  leadTimeDays?: number
  channelSpecific?: boolean
}

function settings({
  endWhen = 0,
  percent = 100,
  maxListed = null,
  leadTimeDays,
  channelSpecific = true,
}: Values): QuantitySettings {
  return {
    endWhen: { value: endWhen, from: 'listing' },
    stockPercentage: { value: percent, from: 'listing' },
    maxListed: { value: maxListed, from: 'listing' },
    leadTimeDays: { value: leadTimeDays ?? null, from: 'listing' },
    channelSpecificStock: { value: channelSpecific, from: 'account' },
  }
}

const at = (available: number | null, more: Partial<LocationFigure> = {}): LocationFigure => ({
  id: 'loc_1',
  name: 'Default',
  kind: 'own',
  available,
  version: 1,
  ...more,
})

function listing(
  available: number | null | LocationFigure[],
  values: Values = {},
  closed: GateName[] = [],
): ListingInputs {
  const locations = Array.isArray(available) ? available : [at(available)]
  const gates = GATES.map((gate) => ({ gate, open: !closed.includes(gate), detail: null }))
  return { gates, locations, settings: settings(values) }
}

test('units that downloaded orders are about to take are not offered, and the first step says so', () => {
  const result = quantityOf(listing([at(30, { awaited: 2 })]), 0)

  const note = '2 in downloaded orders that are about to take this item'
  expect(result).toMatchObject({
    number: 28,
    steps: [{ step: 'sum_available', before: 30, after: 28, note }, {}, {}, {}, {}],
  })
})

function numberOf(inputs: ListingInputs, unseen = 0): number {
  const result = quantityOf(inputs, unseen)
  if (result.kind === 'gated') throw new Error(`gated by ${result.closed.join(', ')}`)
  return result.number
}

test('[S004-39] at or below End When 0 is sent, above it the full number: a threshold, not a buffer', () => {
  expect(numberOf(listing(40, { endWhen: 5 }))).toBe(40)
  expect(numberOf(listing(6, { endWhen: 5 }))).toBe(6)
  expect(numberOf(listing(5, { endWhen: 5 }))).toBe(0)
  expect(numberOf(listing(4, { endWhen: 5 }))).toBe(0)
})

test('[S004-38] the percentage is rounded down and applied before the cap', () => {
  expect(numberOf(listing(7, { percent: 50 }))).toBe(3)
  expect(numberOf(listing(1, { percent: 50 }))).toBe(0)
  expect(numberOf(listing(200, { percent: 10, maxListed: 15 }))).toBe(15)
  expect(numberOf(listing(100, { percent: 29 }))).toBe(29)
})

test('[S004-37] Max Listed caps the number; Max Listed 0 sends 0; none is no cap', () => {
  expect(numberOf(listing(200, { maxListed: 3 }))).toBe(3)
  expect(numberOf(listing(200, { maxListed: 0 }))).toBe(0)
  expect(numberOf(listing(200))).toBe(200)
})

test('what is unseen comes off before End When, the percentage and the cap', () => {
  expect(numberOf(listing(200, { maxListed: 3 }), 2)).toBe(3)
  expect(numberOf(listing(6, { endWhen: 5 }), 1)).toBe(0)
  expect(numberOf(listing(10, { percent: 50 }), 4)).toBe(3)
})

test('the sum over the mapped locations counts negatives and is never below 0', () => {
  const sum = listing([at(5), at(-2, { id: 'loc_2' })])

  expect(numberOf(sum)).toBe(3)
  expect(numberOf(listing(-2))).toBe(0)
  expect(quantityOf(listing(-2), 0).steps[0]).toEqual({ step: 'sum_available', before: -2, after: 0, note: '2 short' })
})

test('[S003-51] FBA units count only when channel-specific stock levels are switched off', () => {
  const locations = [at(4), at(30, { id: 'loc_2', kind: 'fba' })]

  expect(numberOf(listing(locations))).toBe(4)
  expect(numberOf(listing(locations, { channelSpecific: false }))).toBe(34)
})

test('unknown stock is not 0: it closes its gate even when the caller left it open', () => {
  expect(quantityOf(listing(null), 0)).toMatchObject({ kind: 'gated', closed: ['stock_known'] })
  expect(quantityOf(listing([]), 0)).toMatchObject({ kind: 'gated', closed: ['locations_mapped'] })
  expect(numberOf(listing([at(4), at(null, { id: 'loc_2', kind: 'fba' })]))).toBe(4)
})

test('every closed gate is named, in the order they are explained, and no number is given', () => {
  for (const gate of GATES)
    expect(quantityOf(listing(5, {}, [gate]), 0)).toEqual({ kind: 'gated', closed: [gate], steps: [] })
  expect(quantityOf(listing(5, {}, ['not_paused', 'linked']), 0)).toMatchObject({ closed: ['linked', 'not_paused'] })
})

test('every step says what it was given and what it made of it', () => {
  const result = quantityOf(listing(40, { endWhen: 5, percent: 50, maxListed: 10, leadTimeDays: 2 }), 3)

  expect(result).toEqual({
    kind: 'number',
    number: 10,
    leadTimeDays: 2,
    zeroOnly: false,
    steps: [
      { step: 'sum_available', before: 40, after: 40, note: null },
      { step: 'less_unseen', before: 40, after: 37, note: '3 sold on Amazon and not downloaded yet' },
      { step: 'end_when', before: 37, after: 37, note: null },
      { step: 'stock_percentage', before: 37, after: 18, note: '50 %, rounded down' },
      { step: 'max_listed', before: 18, after: 10, note: 'capped at 10' },
    ],
  })
})

test('the number is whole, never negative, never above what is there, and never rises when units are sold', () => {
  const values = fc.record({
    endWhen: fc.nat(20),
    percent: fc.integer({ min: 1, max: 100 }),
    maxListed: fc.option(fc.nat(50)),
  })
  fc.assert(
    fc.property(fc.integer({ min: -50, max: 500 }), fc.nat(50), values, (available, unseen, rules) => {
      const number = numberOf(listing(available, rules), unseen)
      expect(Number.isInteger(number)).toBe(true)
      expect(number).toBeGreaterThanOrEqual(0)
      expect(number).toBeLessThanOrEqual(Math.max(0, available - unseen))
      expect(numberOf(listing(available, rules), unseen + 1)).toBeLessThanOrEqual(number)
      expect(numberOf(listing(available - 1, rules), unseen)).toBeLessThanOrEqual(number)
    }),
  )
})
