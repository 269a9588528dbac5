import { expect, test } from '@jest/globals'

import { isGuardedCause } from './guarded-cause.ts'

test.each(['linked', 'mapping_changed', 'setting_changed', 'items_imported', 'import'])('%s is guarded', (kind) => {
  expect(isGuardedCause({ kind })).toBe(true)
})

test.each(['stock_set', 'stock_adjusted', 'order_reserved', 'despatched', 'force_update', 'window_closed'])(
  '%s is never guarded',
  (kind) => {
    expect(isGuardedCause({ kind })).toBe(false)
  },
)

test('turning Update inventory on is not guarded: its dry run has shown the zeros', () => {
  expect(isGuardedCause({ kind: 'setting_changed', note: 'update_inventory' })).toBe(false)
})
