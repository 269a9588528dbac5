import { expect, test } from '@jest/globals'
import { Finding, Urgency } from '@lockstep/contracts/generated/lockstep/channel/v1/diagnosis_service.ts'

import { holdingFindings } from './holding-findings.ts'

const about = (word: string, operation: string, more: Partial<Finding> = {}): Finding =>
  Finding.create({
    class: word,
    urgency: Urgency.WAIT,
    capability: 'listings',
    operations: operation === '' ? [] : [{ operation, type: '', count: 1, errorCode: '' }],
    ...more,
  })
const findings = [
  about('throttled', 'patchListingsItem'),
  about('unknown', 'patchListingsItem'),
  about('denied', 'searchOrders', { capability: 'orders', urgency: Urgency.ACT }),
  about('orders_behind', '', { urgency: Urgency.ACT }),
  about('shared_sku_conflict', '', {
    urgency: Urgency.ACT,
    skus: [{ channelSku: 'SHARED', accounts: ['UK', 'DE'], detail: '' }],
  }),
]
const held = (next: { action: string; blockedBy?: string; channelSku?: string }) =>
  holdingFindings(findings, { blockedBy: null, channelSku: 'DEMO-015', ...next }).map((one) => one.class)

test('a listing that waits for its verification read is not blamed on writes of others', () => {
  expect(held({ action: 'read' })).toEqual([])
  expect(held({ action: 'none' })).toEqual([])
})

test('a listing that waits to be sent is told what keeps its write, and a shared SKU its own conflict', () => {
  expect(held({ action: 'send' })).toEqual(['throttled'])
  expect(held({ action: 'wait', channelSku: 'SHARED' })).toEqual(['throttled', 'shared_sku_conflict'])
})

test('what shuts the whole connection out holds every listing, and good to know holds none', () => {
  const revoked = about('authorisation_revoked', '', { capability: '', urgency: Urgency.ACT })
  const known = about('throttled', 'searchListingsItems', { urgency: Urgency.KNOW })

  const next = { action: 'read', blockedBy: null, channelSku: 'A' }
  expect(holdingFindings([revoked, known], next)).toEqual([revoked])
})
