import { expect, test } from '@jest/globals'
import { limitsFor } from '@lockstep/pacing/model-limits'

import { describeCall } from './call.ts'
import { natureOf } from './call-nature.ts'
import { createFeedCall, LISTINGS_FEED } from './feeds.ts'
import type { ListingChange } from './listing-patches.ts'
import { patchListingCall } from './listings.ts'

const uk = 'A1F83G8C2ARO7P'
const quantity: ListingChange = { kind: 'quantity', quantity: 4, leadTimeDays: null, op: 'merge' }
const price: ListingChange = { kind: 'price', marketplaceId: uk, price: { amount: '9.99', currency: 'GBP' } }
const title: ListingChange = { kind: 'title', marketplaceId: uk, languageTag: 'en_GB', text: 'Cup' }

const patch = (...changes: ListingChange[]) =>
  patchListingCall({ sellerId: 'A1', sku: 'A', marketplaceId: uk, productType: 'PRODUCT', changes })
const bucketsOf = (call: ReturnType<typeof patch>) =>
  limitsFor(call.operation, natureOf(call)).map(({ level, bucket, owner }) => `${level} ${bucket} of ${owner}`)

test('a quantity and a price are counted by seller and by application; a title shares one more limit', () => {
  const plain = ['pair patchListingsItem of connection', 'application patchListingsItem of application']

  expect(bucketsOf(patch(quantity, price))).toEqual(plain)
  expect(bucketsOf(patch(quantity, title, title))).toEqual([...plain, 'application productData of application'])
})

test('relationships and previews have limits of their own', () => {
  const json = {
    productType: 'P',
    patches: [{ op: 'replace', path: '/attributes/child_parent_sku_relationship', value: [] }],
  }
  const call = describeCall('patchListingsItem', { query: { mode: 'VALIDATION_PREVIEW' }, json })

  expect(bucketsOf(call).slice(2)).toEqual([
    'application relationships of application',
    'preview preview of application',
  ])
})

test('a listings feed is counted by its type as well, 5 in 5 minutes', () => {
  const call = createFeedCall({ feedType: LISTINGS_FEED, marketplaceIds: [uk], inputDocumentId: 'd' })
  const [, byType] = limitsFor('createFeed', natureOf(call))

  expect(byType).toMatchObject({ level: 'feed_type', bucket: LISTINGS_FEED, owner: 'connection', limit: { burst: 5 } })
  expect((byType?.limit.rate ?? 0) * 300).toBeCloseTo(5)
})

test('an operation without a seller is counted by application', () => {
  expect(bucketsOf(describeCall('getDestinations'))).toEqual(['application getDestinations of application'])
})

test.each(['', '{', '[]', '{"patches":[{}]}'])('a body of %j has no nature', (text) => {
  const body = new TextEncoder().encode(text)

  expect(natureOf({ operation: 'patchListingsItem', query: [], body })).toEqual({ preview: false, attributes: [] })
  expect(natureOf({ operation: 'createFeed', query: [], body })).toEqual({ preview: false })
})
