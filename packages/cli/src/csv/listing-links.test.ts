import { expect, test } from '@jest/globals'
import { refusalOf } from '@lockstep/rpc/refusal'

import { readListingLinks } from './listing-links.ts'

const reading = (text: string) => readListingLinks({ from: { text }, delimiter: ',', encoding: 'utf-8' })

test('[S002-41] links come from a CSV as an export writes it: an empty item leaves a listing alone, none takes its link away', async () => {
  const links = await reading('channel_sku,item,title\nA,CUP,A cup\nB,,Left alone\n" C ",none,\n')

  expect(links).toEqual([
    { line: 2, link: { channelSku: 'A', item: 'CUP' } },
    { line: 4, link: { channelSku: ' C ', item: '' } },
  ])
})

test('[S002-41] every bad line of a file of links is named, and none of it is taken', async () => {
  const refused = await reading('channel_sku,item\nA,CUP\n,CUP\nA,JUG\nB,=cmd\n').catch((error: unknown) => error)

  expect(refusalOf(refused)?.lines).toMatchObject([
    { line: 3, field: 'channel_sku', message: 'channel_sku is empty: name the listing' },
    { line: 4, field: 'channel_sku', message: '"A" is named by line 2 already' },
    { line: 5, field: 'item', message: expect.stringContaining('is a formula') },
  ])
  await expect(reading('channel_sku,item\nA,\n')).rejects.toThrow('no line of it names an item')
})
