import { expect, test } from '@jest/globals'

import type { GroupInputs } from './group-policy.ts'
import type { GroupEvent } from './group-events.ts'
import type { GroupState } from './group-state.ts'
import { newGroup } from './group-state.ts'
import { decide } from './group.ts'
import { defaultSettings, GATES } from './quantity-rules.ts'

const start = Date.parse('2026-11-21T10:00:00Z')

function inputsOf(available: number): GroupInputs {
  const member = {
    listingId: 'lst_1',
    accountId: 'acc_1',
    marketplaceId: 'UK',
    itemId: 'itm_1',
    gates: GATES.map((gate) => ({ gate, open: true, detail: null })),
    locations: [{ id: 'loc_1', name: 'Default', kind: 'own' as const, available, version: 1 }],
    settings: defaultSettings,
  }
  return { policy: 'lowest', ownerAccountId: null, members: [member], dataVersion: '1' }
}

const wants = (available: number): GroupEvent => ({
  kind: 'desired_changed',
  inputs: inputsOf(available),
  cause: { kind: 'stock_set', reference: null },
})
const shows = (quantity: number, at: number): GroupEvent => ({
  kind: 'live_read',
  quantity,
  leadTimeDays: null,
  channels: ['DEFAULT'],
  readAt: start + at,
})

function after(...events: [event: GroupEvent, at: number][]): GroupState {
  return events.reduce((state, [event, at]) => decide(state, event, start + at).state, newGroup())
}

test('the number wanted is known before the read that guards it, and a group in line follows each change', () => {
  const waiting = after([wants(5), 0], [wants(4), 60_000])

  expect(waiting).toMatchObject({ reading: { tries: 2 }, inFlight: null })
  expect(waiting.desired).toMatchObject({ quantity: 4, version: 2 })
  expect(waiting.computation).toMatchObject({ number: 4 })
})

test('a number that the read confirms keeps its version', () => {
  const planned = after([wants(5), 0], [shows(3, 100), 100])

  expect(planned.desired).toMatchObject({ quantity: 5, version: 1 })
  expect(planned.inFlight).toMatchObject({ phase: 'planned', quantity: 5, version: 1 })
})

test('while a write is out the newer number is known and waits', () => {
  const sending: GroupEvent = { kind: 'sending', version: 1, epoch: 1, leaseUntil: start + 15_000, at: start + 200 }
  const out = after([wants(5), 0], [shows(3, 100), 100], [sending, 200], [wants(2), 300])

  expect(out.inFlight).toMatchObject({ phase: 'sending', quantity: 5, version: 1 })
  expect(out.desired).toMatchObject({ quantity: 2, version: 2 })
})
