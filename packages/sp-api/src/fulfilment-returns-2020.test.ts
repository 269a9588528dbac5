import { expect, test } from '@jest/globals'
import fc from 'fast-check'

import {
  createFulfillmentReturnCall,
  listReturnReasonsCall,
  readReturnOutcome,
  readReturnReasons,
  type ReturnItemWish,
} from './fulfilment-returns-2020.ts'

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const item: ReturnItemWish = { returnItemId: 'r1', itemId: 'i1', shipmentId: 'D1', reasonCode: 'BROKEN' }

test('the reasons for a SKU of an order are asked for in a language', () => {
  expect(listReturnReasonsCall({ sku: 'A/B 1', orderId: 'O1', language: 'en_GB' })).toMatchObject({
    call: {
      operation: 'listReturnReasonCodes',
      query: [
        ['sellerSku', 'A/B 1'],
        ['sellerFulfillmentOrderId', 'O1'],
        ['language', 'en_GB'],
      ],
    },
  })
  expect(listReturnReasonsCall({ sku: '' })).toMatchObject({ kind: 'refused', field: 'sku' })
  expect(listReturnReasonsCall({ sku: 'A', orderId: 'X'.repeat(41) })).toMatchObject({ field: 'orderId' })
})

test('reasons are read with their translation; one without words has its code', () => {
  const reasonCodeDetails = [
    { returnReasonCode: 'BROKEN', description: 'Broken', translatedDescription: 'Kaputt' },
    { returnReasonCode: 'NEW' },
  ]

  expect(readReturnReasons(bytes({ payload: { reasonCodeDetails } }))).toEqual([
    { code: 'BROKEN', text: 'Broken', translated: 'Kaputt' },
    { code: 'NEW', text: 'NEW', translated: null },
  ])
  expect(readReturnReasons(bytes({ errors: [] }))).toBeUndefined()
})

test('a return is written item by item', () => {
  const written = createFulfillmentReturnCall('O1', [{ ...item, comment: 'a crack' }])
  const body = written.kind === 'call' ? written.call.body : new Uint8Array()

  expect(written).toMatchObject({ call: { path: { sellerFulfillmentOrderId: 'O1' } } })
  expect(JSON.parse(new TextDecoder().decode(body))).toEqual({
    items: [
      {
        sellerReturnItemId: 'r1',
        sellerFulfillmentOrderItemId: 'i1',
        amazonShipmentId: 'D1',
        returnReasonCode: 'BROKEN',
        returnComment: 'a crack',
      },
    ],
  })
})

const refusals: [what: string, items: ReturnItemWish[], field: string][] = [
  ['no item', [], 'items'],
  ['101 items', Array.from({ length: 101 }, (_, i) => ({ ...item, returnItemId: `r${String(i)}` })), 'items'],
  ['an item named twice', [item, item], 'items'],
  ['an id of 81 characters', [{ ...item, returnItemId: 'r'.repeat(81) }], 'items[0].returnItemId'],
  ['no shipment', [{ ...item, shipmentId: '' }], 'items[0].shipmentId'],
  ['no reason', [{ ...item, reasonCode: '' }], 'items[0].reasonCode'],
  ['a long comment', [{ ...item, comment: 'c'.repeat(1001) }], 'items[0].comment'],
]

test.each(refusals)('a return with %s is refused before it is sent', (_what, items, field) => {
  expect(createFulfillmentReturnCall('O1', items)).toMatchObject({ kind: 'refused', field })
})

test('what Amazon takes and what it refuses of a return are told apart', () => {
  const payload = {
    returnItems: [
      {
        sellerReturnItemId: 'r1',
        sellerFulfillmentOrderItemId: 'i1',
        amazonShipmentId: 'D1',
        sellerReturnReasonCode: 'BROKEN',
        status: 'Waiting',
        statusChangedDate: '2026-03-02T09:00:00Z',
        returnReceivedCondition: 'Soggy',
      },
    ],
    invalidReturnItems: [
      {
        sellerReturnItemId: 'r2',
        sellerFulfillmentOrderItemId: 'i2',
        invalidItemReason: { invalidItemReasonCode: 'InvalidValues', description: 'no such line' },
      },
      { sellerReturnItemId: 'r3', sellerFulfillmentOrderItemId: 'i3' },
    ],
    returnAuthorizations: [{ returnAuthorizationId: 'a1', amazonRmaId: 'rma', rmaPageURL: 'https://rma.example' }],
  }

  expect(readReturnOutcome(bytes({ payload }))).toMatchObject({
    taken: [{ returnItemId: 'r1', status: 'Waiting', condition: 'Soggy' }],
    refused: [
      { returnItemId: 'r2', reason: 'InvalidValues: no such line' },
      { returnItemId: 'r3', reason: 'Amazon names no reason' },
    ],
    authorizations: [{ authorizationId: 'a1', rmaId: 'rma', labelUrl: 'https://rma.example', facilityId: null }],
  })
})

test('no reader throws, whatever Amazon sends', () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const body = new TextEncoder().encode(text)
      for (const reader of [readReturnReasons, readReturnOutcome]) expect(() => reader(body)).not.toThrow()
    }),
  )
})
