import { expect, test } from '@jest/globals'
import { MovementKind } from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import {
  GetIncidentResponse,
  IncidentKind,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/ledger_service.ts'

import { problemsOf } from '../test-schemas.ts'
import { incidentOutput } from './incidents.ts'

const answer = (cause: object) =>
  GetIncidentResponse.fromPartial({
    incident: {
      id: 'inc_1',
      kind: IncidentKind.OVERSELL,
      itemSku: 'CUP',
      locationName: 'Default',
      cause: { kind: 'stock_set', actor: 'ann', note: 'counted' },
      openedAt: new Date('2026-11-21T10:00:00Z'),
      ...cause,
    },
    movements: [{ kind: MovementKind.ADJUSTMENT, at: new Date('2026-11-21T10:00:00Z'), cause: { kind: 'stock_set' } }],
    reserved: [
      { reservationId: 'rsv_2', units: 1n },
      { orderId: 'ord_1', channelOrderId: '202-1', orderLineId: 'oln_1', units: 2n },
    ],
  })

test('[R02] an incident names the orders and reservations that have the units', () => {
  const { json, text } = incidentOutput(answer({}))

  expect(json).toMatchObject({
    reserved: [
      { order: null, reservation: 'rsv_2', units: 1 },
      { order: { id: 'ord_1', channel_order_id: '202-1', line: 'oln_1' }, reservation: null, units: 2 },
    ],
  })
  expect(problemsOf('stock-incident', json)).toEqual([])
  expect(text).toMatch(/^ord_1 +202-1 +oln_1 +2$/m)
  expect(text).toMatch(/^reservation rsv_2 +– +– +1$/m)
  expect(text).toMatch(/^ended +–$/m)
})

test('[R02] an incident that has ended tells for people what ended it', () => {
  const closingCause = { kind: 'order_cancelled', reference: 'ord_1', actor: 'order-download', note: '202-1' }
  const { text } = incidentOutput(answer({ closedAt: new Date('2026-11-21T11:00:00Z'), closingCause }))

  expect(text).toContain('2026-11-21T10:00:00.000Z, began with stock_set (counted) by ann')
  expect(text).toContain('2026-11-21T11:00:00.000Z, with order_cancelled (ord_1, 202-1) by order-download')
})
