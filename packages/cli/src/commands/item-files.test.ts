import { expect, test } from '@jest/globals'

import { checkedLine } from './item-files.ts'

const change = (field: string, from: string, to: string) => ({ field, from, to })

test('a preview of a file names its columns: the tax rate in percent, −1 as the system’s default', () => {
  const line = checkedLine({
    outcome: 'updated',
    changes: [change('title', 'Cup', 'Mug'), change('tax_rate_basis_points', '-1', '750')],
    refusal: undefined,
  })

  expect(line.changes).toEqual([change('title', 'Cup', 'Mug'), change('tax_rate', '-1', '7.5')])
})

test('a refused tax rate names the column and the value as the file has them', () => {
  const refusal = {
    index: 0,
    line: 1,
    item: 'CUP',
    reason: 'FIELD_INVALID',
    message: 'a tax rate of 200 % is not between 0 and 100 %',
    field: 'tax_rate_basis_points',
    value: '20000',
  }

  const line = checkedLine({ outcome: 'refused', changes: [], refusal })

  expect(line.refusal).toMatchObject({ field: 'tax_rate', value: '200' })
})
