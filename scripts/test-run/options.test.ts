import { expect, test } from '@jest/globals'
import { testRunOptions, tiers } from './options.ts'

test('with no arguments the gate and every tier run', () => {
  expect(testRunOptions([])).toEqual({ gate: true, tiers: [...tiers], jestArguments: [] })
})

test('leading names choose tiers, the rest goes to jest', () => {
  expect(testRunOptions(['it', 'pg', 'orders', '-t', 'unit'])).toEqual({
    gate: false,
    tiers: ['pg', 'it'],
    jestArguments: ['orders', '-t', 'unit'],
  })
})

test('the gate alone runs no tier, with a tier it runs both', () => {
  expect(testRunOptions(['--gate'])).toEqual({ gate: true, tiers: [], jestArguments: [] })
  expect(testRunOptions(['--gate', 'unit'])).toEqual({ gate: true, tiers: ['unit'], jestArguments: [] })
})

test('a pattern alone runs it in every tier, without the gate', () => {
  expect(testRunOptions(['packages/bus'])).toEqual({ gate: false, tiers: [...tiers], jestArguments: ['packages/bus'] })
})
