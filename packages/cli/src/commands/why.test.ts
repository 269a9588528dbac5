import { expect, test } from '@jest/globals'
import { ExplainListingResponse } from '@lockstep/contracts/generated/lockstep/channel/v1/sync_service.ts'

import { whyShape } from '../shapes/why.ts'
import { forPeople } from './why.ts'

const explained = (more: Parameters<typeof ExplainListingResponse.fromPartial>[0]) =>
  forPeople(
    whyShape(
      ExplainListingResponse.fromPartial({
        listing: { channelSku: 'CUP', marketplace: 'UK', itemId: 'itm_1', itemSku: 'CUP' },
        steps: [{ step: 'sum_available', before: 5n, after: 5n }],
        ...more,
      }),
    ),
  )

test('why says for people which version of the number it is and what made it so', () => {
  const at = new Date('2026-11-21T10:00:00Z')
  const cause = { kind: 'order_reserved', reference: 'ord_1' }

  const text = explained({ desired: { quantity: 4n, version: 12n, at, cause } })

  expect(text).toContain('wants 4 (version 12 of 2026-11-21T10:00:00.000Z, by order_reserved ord_1)')
  expect(text).not.toContain('were it open')
})

test('why of a listing with a closed gate shows the steps of the number that it would have', () => {
  const text = explained({ gates: [{ gate: 'update_inventory', open: false, detail: 'switched off' }] })

  expect(text).toMatch(
    /wants no number[^]*closed: update_inventory[^]*would be, were it open:\n {2}sum_available +5 → 5/,
  )
})
