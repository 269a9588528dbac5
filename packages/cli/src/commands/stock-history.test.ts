import { expect, test } from '@jest/globals'
import { Movement } from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'

import { movementShape } from '../shapes/stock.ts'
import { historyCsvText } from './stock-history.ts'

const movement = { reservedChange: 2n, reservedAfter: 5n, heldChange: -1n, onHandBefore: 9n, onHandAfter: 9n }

test('[B8] the history as CSV says before, change and after of all three figures', () => {
  const entries = [{ ...movement, heldAfter: 3n }, movement].map((one) => movementShape(Movement.fromPartial(one)))

  const [head = '', ...lines] = historyCsvText(entries).trim().split(/\r?\n/)

  const rows = lines.map((line) => {
    const cells = line.split(',')
    return Object.fromEntries(head.split(',').map((column, at) => [column, cells[at]]))
  })
  expect(rows).toMatchObject([
    { reserved_before: '3', reserved_change: '2', reserved_after: '5', held_before: '4', held_after: '3' },
    // An entry from before the figure was kept says nothing of it.
    { reserved_before: '3', held_before: '', held_change: '-1', held_after: '' },
  ])
})
