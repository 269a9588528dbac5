import { expect, test } from '@jest/globals'

import { findAddresses } from './addresses.ts'

const nowhere = { LOCKSTEP_HOME: '/does/not/exist' }

test('without any setting the default ports are meant', () => {
  expect(findAddresses(nowhere)).toEqual({
    inventory: '127.0.0.1:7101',
    channel: '127.0.0.1:7102',
    orders: '127.0.0.1:7103',
    report: '127.0.0.1:7104',
    despatch: '127.0.0.1:7105',
  })
})

test('a port base moves them all, and an address of its own wins over it', () => {
  const env = { ...nowhere, LOCKSTEP_PORT_BASE: '8100', INVENTORY_ADDRESS: 'stock.example:99' }

  expect(findAddresses(env)).toMatchObject({ inventory: 'stock.example:99', channel: '127.0.0.1:8102' })
})

test.each(['abc', '0', '-1', '7100.5', '65500'])('a port base of %s is refused by name', (LOCKSTEP_PORT_BASE) => {
  expect(() => findAddresses({ ...nowhere, LOCKSTEP_PORT_BASE })).toThrow(
    `LOCKSTEP_PORT_BASE is "${LOCKSTEP_PORT_BASE}"`,
  )
})
