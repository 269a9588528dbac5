import { expect, test } from '@jest/globals'

import { codecOf } from './events.ts'
import { AvailabilityChanged } from './generated/lockstep/inventory/v1/inventory_events.ts'
import { parseSubject, subjects } from './subjects.ts'

test('a subject is built and taken apart alike', () => {
  const built = subjects.listing.quantityAccepted('acc_1', 'lst_1')

  expect(built).toBe('evt.channel.v1.listing.quantity-accepted.acc_1.lst_1')
  expect(parseSubject(built)).toEqual({
    owner: 'channel',
    entity: 'listing',
    verb: 'quantity-accepted',
    accountId: 'acc_1',
    entityId: 'lst_1',
  })
})

test('an order without an account travels under a dash', () => {
  expect(subjects.order.received(undefined, 'ord_1')).toBe('evt.orders.v1.order.received.-.ord_1')
})

test.each(['a.b', '*', '>', 'a b', ''])('a token %j that would change the meaning of a subject is refused', (id) => {
  expect(() => subjects.availability.changed(id)).toThrow('cannot be part of a subject')
})

test('an event survives canonical JSON and the wire', () => {
  const event = AvailabilityChanged.create({
    itemId: 'itm_1',
    changes: [{ locationId: 'loc_1', available: -(2n ** 53n) - 1n, version: 17n }],
    at: new Date('2026-11-21T10:00:00.123Z'),
  })
  const codec = codecOf(subjects.availability.changed('itm_1'))

  const atRest = JSON.stringify(AvailabilityChanged.toJSON(event))
  const overTheWire = codec.bytesFromJson(JSON.parse(atRest))

  expect(AvailabilityChanged.decode(overTheWire)).toEqual(event)
  expect(JSON.stringify(codec.jsonFromBytes(overTheWire))).toBe(atRest)
})

test('a subject of somebody else has no codec', () => {
  expect(() => codecOf('evt.weather.v1.rain.fell.-.x')).toThrow('no event travels')
})
