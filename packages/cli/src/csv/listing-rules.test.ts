import { expect, test } from '@jest/globals'
import { RefusalError } from '@lockstep/rpc/refusal'

import { readListingRules } from './listing-rules.ts'

const source = (text: string) => ({ from: { text }, delimiter: ',', encoding: 'utf-8' })

test('[S004-37] [S004-38] [S004-39] [S002-17] rules of listings come from a file: an empty cell leaves a rule alone, none takes it away', async () => {
  const text = [
    'channel_sku,max_listed,end_when,stock_percentage,lead_time_days,ignore_sync',
    'A/B 1+2,3,,,,',
    'CAFÉ-☕-1,none,2,50,,on',
    'QUIET,,,,,',
    'LATE,,,0,30,off',
  ].join('\r\n')

  expect(await readListingRules(source(`\uFEFF${text}\r\n`))).toEqual([
    { channelSku: 'A/B 1+2', maxListed: 3 },
    { channelSku: 'CAFÉ-☕-1', maxListed: -1, endWhen: 2, stockPercentage: 50, ignoreSync: true },
    { channelSku: 'LATE', stockPercentage: 0, leadTimeDays: 30, ignoreSync: false },
  ])
})

test('every bad line is named with its place, field and value, and none of the file counts', async () => {
  const text = [
    'channel_sku,max_listed,ignore_sync',
    'GOOD,1,',
    'COMMA,"1,000",',
    'EXPONENT,1e3,',
    'BELOW,-1,',
    '=cmd,1,',
    'SWITCH,,yes',
    ',4,',
    'SHORT,1',
  ].join('\n')

  const refused = await readListingRules(source(text)).catch((error: unknown) => error)

  if (!(refused instanceof RefusalError)) throw refused
  expect(refused.message).toContain('7 of 8 lines refused, nothing was written; line 3 (COMMA)')
  expect(refused.lines?.map(({ index, field, value }) => [index + 1, field, value])).toEqual([
    [3, 'max_listed', '1,000'],
    [4, 'max_listed', '1e3'],
    [5, 'max_listed', '-1'],
    [6, 'channel_sku', '=cmd'],
    [7, 'ignore_sync', 'yes'],
    [8, 'channel_sku', ''],
    [9, '', ''],
  ])
})

test('a file with an unknown column, without a rule, or with too many lines is refused', async () => {
  const many = Array.from({ length: 1_001 }, (_, n) => `SKU-${String(n)},1`).join('\n')

  await expect(readListingRules(source('channel_sku,max\nA,1\n'))).rejects.toThrow('a column "max"')
  await expect(readListingRules(source('channel_sku,max_listed\nA,\n'))).rejects.toThrow('changes nothing')
  await expect(readListingRules(source(`channel_sku,max_listed\n${many}\n`))).rejects.toThrow('split it')
})
