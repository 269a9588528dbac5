import { expect, test } from '@jest/globals'
import { modelLimits } from '@lockstep/pacing/model-limits'
import { lanesOf } from '@lockstep/pacing/lanes'

import { findOperation, PathParameterError, requestTarget, type Operation } from './operations.ts'

const names = Object.keys(modelLimits)

function operation(name: string): Operation {
  const found = findOperation(name)
  if (!found) throw new Error(`no operation ${name}`)
  return found
}

test('every operation with a limit has a method, a path, a role and a lane of its own bucket', () => {
  for (const name of names) {
    const found = operation(name)
    expect(found.path).toMatch(/^\/[a-zA-Z0-9/{}.-]+$/)
    expect(found.role).not.toBe('')
    expect(lanesOf(found.name)).toContain(found.lane)
    expect(found.limit).toBe(modelLimits[found.name])
  }
})

test('only reads and absolute values may be repeated', () => {
  const repeatable = names.filter((name) => operation(name).repeatable && operation(name).method !== 'GET')

  expect(repeatable).toEqual([
    'patchListingsItem',
    'createRestrictedDataToken',
    'getFulfillmentPreview',
    'getOutboundOrderPreview',
    'getOutboundOffers',
  ])
  expect(names.filter((name) => operation(name).method === 'GET' && !operation(name).repeatable)).toEqual([])
})

test('a name that Amazon does not know, or that every object has, is no operation', () => {
  expect(findOperation('nonsense')).toBeUndefined()
  expect(findOperation('constructor')).toBeUndefined()
})

test('[T-38] path and query are encoded once, a space as %20', () => {
  const path = { sellerId: 'A1', sku: 'A/B 1+2' }
  const target = requestTarget(operation('getListingsItem'), { path, query: [['includedData', 'a b,c+d']] })

  expect(target).toBe('/listings/2021-08-01/items/A1/A%2FB%201%2B2?includedData=a%20b%2Cc%2Bd')
})

const build = () => requestTarget(operation('getListingsItem'), { path: { sellerId: 'A1', sku: '' }, query: [] })

test('a path without one of its parameters is never built', () => {
  expect(build).toThrow(PathParameterError)
  expect(build).toThrow('getListingsItem needs the path parameter sku')
})
