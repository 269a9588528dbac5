import { expect, test } from '@jest/globals'
import { aLine, anOrder } from '../../test/order-builders.ts'
import { canDespatch } from './can-despatch.ts'

test('an open order with an open unit may be despatched', () => {
  expect(canDespatch(anOrder(), null)).toEqual({ kind: 'allowed' })
})

test('what is left of a partly shipped order may be despatched', () => {
  const order = anOrder({
    channelStatus: 'PARTIALLY_SHIPPED',
    lines: [aLine({ ordered: 3, fulfilledOnAmazon: 1, despatched: 1 })],
  })

  expect(canDespatch(order, null)).toEqual({ kind: 'allowed' })
})

test.each([
  ['FULFILLED_BY_AMAZON', anOrder({ fulfilledBy: 'AMAZON' }), null],
  ['QUARANTINED', anOrder(), 'it has no lines'],
  ['AWAITING_PAYMENT', anOrder({ state: 'parked', channelStatus: 'PENDING' }), null],
  ['CANCELLED', anOrder({ state: 'cancelled', channelStatus: 'CANCELLED' }), null],
  ['BUYER_CANCEL_REQUESTED', anOrder({ buyerCancelRequested: true }), null],
  ['NOTHING_OPEN', anOrder({ lines: [aLine({ despatched: 1 })] }), null],
  ['NOTHING_OPEN', anOrder({ lines: [aLine({ cancelled: 1 })] }), null],
  ['NOTHING_OPEN', anOrder({ state: 'processed', lines: [aLine({ fulfilledOnAmazon: 1 })] }), null],
])('[S003-17] [T-15] [T-24] %s is refused with its reason and a detail', (reason, order, quarantine) => {
  expect(canDespatch(order, quarantine)).toEqual({ kind: 'refused', reason, detail: expect.stringMatching(/.{10}/) })
})
