import { expect, test } from '@jest/globals'
import { diagnose } from './diagnose.ts'
import type { DiagnosisFacts, FailureFacts, FlowFacts, LimitFacts, RightFacts, StandingFacts } from './facts.ts'

const now = new Date('2026-11-27T12:00:00Z')
const before = (minutes: number): Date => new Date(now.getTime() - minutes * 60_000)
const after = (days: number): Date => new Date(now.getTime() + days * 86_400_000)

const aStanding = (more: Partial<StandingFacts> = {}): StandingFacts => ({
  accountName: 'UK',
  sellerId: 'A1',
  marketplace: 'UK',
  api: 'sp_api',
  state: 'connected',
  stateDetail: '',
  stateAt: before(600),
  consentEnd: after(300),
  secretEnd: after(100),
  enabled: true,
  updateInventory: true,
  pausedAt: null,
  pausedHard: false,
  hasLocations: true,
  summedFba: [],
  ...more,
})
const aFlow = (more: Partial<FlowFacts> = {}): FlowFacts => ({
  coveredUntil: before(3),
  wentLiveAt: before(600),
  authorisedAt: before(900),
  refused: 0,
  refusedFirst: { first: [], since: null },
  unverified: 0,
  unverifiedFirst: { first: [], since: null },
  notSeenYet: 0,
  drift: 0,
  drifted: [],
  driftSince: null,
  heldZeros: undefined,
  conflicts: [],
  conflictCount: 0,
  disabledSiblings: [],
  disabledSiblingCount: 0,
  withoutLeadTime: { count: 0, skus: [] },
  stuckFeeds: undefined,
  runningJobs: { jobs: 0, lines: 0 },
  feedStops: [],
  ...more,
})
const aRight = (more: Partial<RightFacts>): RightFacts => ({
  capability: 'orders',
  operation: 'searchOrders',
  requestType: '',
  state: 'refused',
  since: before(30),
  ...more,
})
const aFailure = (more: Partial<FailureFacts>): FailureFacts => ({
  operation: 'searchOrders',
  requestType: '',
  outcome: 'denied',
  throttledLevel: null,
  capability: 'orders',
  count: 3,
  lastHour: 3,
  firstAt: before(30),
  lastAt: before(2),
  lastErrorCode: 'Unauthorized',
  lastAcceptedAt: null,
  ...more,
})
const aLimit = (more: Partial<LimitFacts> = {}): LimitFacts => ({
  level: 'pair',
  operation: 'patchListingsItem',
  rate: 5,
  throttledInARow: 1,
  waiting: 1,
  throttledLastHour: 1,
  lastThrottledAt: before(1),
  nextSlotAt: new Date(now.getTime() + 125_000),
  isProbing: false,
  ...more,
})

type Facts = Partial<Omit<DiagnosisFacts, 'standing' | 'flow'>> & {
  standing?: Partial<StandingFacts>
  flow?: Partial<FlowFacts>
}
function diagnosed({ standing, flow, ...more }: Facts) {
  const facts = { now, rights: [], failures: [], limits: [], ...more }
  return diagnose({ ...facts, standing: aStanding(standing), flow: aFlow(flow) })
}
const classes = (facts: Facts) => diagnosed(facts).findings.map((finding) => finding.class)

test('nothing wrong: no findings, and everything that was looked at', () => {
  const { findings, checks } = diagnosed({ rights: [aRight({ state: 'working' })] })

  expect(findings).toEqual([])
  expect(checks.map(({ check }) => check)).toEqual(
    expect.arrayContaining(['connection', 'capabilities', 'limits', 'orders']),
  )
  expect(checks.every(({ ok }) => ok)).toBe(true)
})

test.each([
  ['S003-44', 'orders', 'searchOrders', /orders stop/, 'Inventory and Order Tracking', 'FBM and FBA'],
  ['S003-45', 'fba_stock', 'getInventorySummaries', /FBA levels stop/, 'Amazon Fulfillment', 'FBA'],
  ['S003-46', 'despatch', 'confirmShipment', /Unshipped in Seller Central/, 'Inventory and Order Tracking', 'FBM'],
  ['S003-47', 'feeds', 'createFeed', /product data are not updated/, 'Product Listing', 'FBM and FBA'],
] as const)('[%s] [S003-19] %s is refused: the symptom, the role and what it touches', (...row) => {
  const [, capability, operation, symptom, role, touches] = row
  const facts = { rights: [aRight({ capability, operation })], failures: [aFailure({ capability, operation })] }

  const [finding] = diagnosed(facts).findings

  expect(finding).toMatchObject({ class: 'denied', urgency: 'act', capability, touches, since: before(30) })
  expect(finding?.summary).toMatch(symptom)
  expect(finding?.nextStep).toContain(`"${role}"`)
  expect(finding?.operations).toEqual([{ operation, type: '', count: 3, lastAt: before(2), errorCode: 'Unauthorized' }])
})

test('[S003-48] [S003-35] mixed failures: each capability has its own finding, and a limit is none of them', () => {
  const { findings } = diagnosed({
    rights: [aRight({}), aRight({ capability: 'feeds', operation: 'createFeed', requestType: 'JSON_LISTINGS_FEED' })],
    failures: [
      aFailure({}),
      aFailure({ capability: 'feeds', operation: 'createFeed', requestType: 'JSON_LISTINGS_FEED' }),
      aFailure({
        capability: 'listings',
        operation: 'patchListingsItem',
        outcome: 'throttled',
        lastErrorCode: 'QuotaExceeded',
      }),
    ],
    limits: [aLimit()],
  })

  const seen = findings.map((one) => [one.class, one.capability, one.operations.map(({ operation }) => operation)])
  expect(seen).toEqual([
    ['denied', 'orders', ['searchOrders']],
    ['denied', 'feeds', ['createFeed']],
    ['throttled', 'listings', ['patchListingsItem']],
  ])
})

test('[S003-38] [S003-39] a limit that ran dry once heals by itself at a time that is named; one that runs dry again and again needs less calling', () => {
  const [once] = diagnosed({ limits: [aLimit()] }).findings
  const [often] = diagnosed({ limits: [aLimit({ throttledLastHour: 40 })] }).findings

  expect(once).toMatchObject({ class: 'throttled', urgency: 'wait', limitLevel: 'pair' })
  expect(once?.nextStep).toBe('do nothing: it is tried again at 12:02:05 UTC')
  expect(often).toMatchObject({ class: 'throttled', urgency: 'act' })
  expect(often?.nextStep).toMatch(/reduce polling, or stagger feeds and inventory/)
})

test('[T-46] throttled at a rate that we keep to: something else uses the quota', () => {
  const [finding] = diagnosed({ limits: [aLimit({ throttledInARow: 3, isProbing: true })] }).findings

  expect(finding).toMatchObject({ class: 'quota_shared', urgency: 'act' })
  expect(finding?.summary).toMatch(/something else is using this quota/)
})

test('[S003-38] what ran dry and is let in again is told with its time, as over, and is no failed check', () => {
  const throttled = aFailure({
    operation: 'patchListingsItem',
    outcome: 'throttled',
    capability: 'listings',
    count: 8,
    lastHour: 8,
  })
  const calm = aLimit({ throttledInARow: 0, throttledLastHour: 8 })

  const facts = { limits: [calm], failures: [{ ...throttled, lastAcceptedAt: before(1) }] }
  const { findings, checks } = diagnosed(facts)

  expect(findings).toMatchObject([
    { class: 'throttled', urgency: 'know', since: before(30), endedAt: before(2), retriedAt: undefined },
  ])
  expect(findings[0]?.summary).toBe(
    'Amazon throttled patchListingsItem 8 times from 11:30:00 to 11:58:00 UTC: the limit of this seller; it is over, calls go through again',
  )
  expect(findings[0]?.nextStep).toBe('nothing to do: it is over')
  expect(checks.find(({ check }) => check === 'limits')).toMatchObject({ ok: true, detail: findings[0]?.summary })
  const sameLater = diagnosed({ ...facts, now: new Date(now.getTime() + 20_000) })
  expect(sameLater.findings).toEqual(findings)
  expect(classes({ limits: [aLimit({ throttledLastHour: 0, throttledInARow: 0 })] })).toEqual([])
})

test('[S003-38] a next try is named only while something waits for it', () => {
  const failures = [aFailure({ operation: 'patchListingsItem', outcome: 'throttled' })]
  const [idle] = diagnosed({ limits: [aLimit({ waiting: 0 })], failures }).findings

  expect(idle).toMatchObject({ class: 'throttled', urgency: 'wait', retriedAt: undefined, endedAt: undefined })
  expect(idle?.nextStep).toBe('do nothing: nothing waits for this limit; the next call shows whether it is over')
  const longAgo = { waiting: 0, throttledLastHour: 0, lastThrottledAt: before(90) }
  expect(classes({ limits: [aLimit(longAgo)] })).toEqual([])
  expect(classes({ limits: [aLimit({ ...longAgo, waiting: 3 })] })).toEqual(['throttled'])
})

test('a limit of a feed type is found by the type of the feed that met it', () => {
  const throttled = aFailure({
    operation: 'createFeed',
    requestType: 'JSON_LISTINGS_FEED',
    outcome: 'throttled',
    throttledLevel: 'feed_type',
  })

  const [found] = diagnosed({
    limits: [aLimit({ level: 'feed_type', operation: 'JSON_LISTINGS_FEED' })],
    failures: [throttled],
  }).findings

  expect(found?.operations).toMatchObject([{ operation: 'createFeed', type: 'JSON_LISTINGS_FEED', count: 3 }])
})

test('[S001-12] drift names its SKUs, since when, and the commands that show and resend', () => {
  const drifted = Array.from({ length: 12 }, (_, i) => ({ channelSku: `SKU ${i}`, kind: 'outside_edit_up', live: 9 }))
  const [many] = diagnosed({ flow: { drift: 12, drifted, driftSince: before(40) } }).findings
  const [one] = diagnosed({ flow: { drift: 1, drifted: drifted.slice(0, 1), driftSince: before(40) } }).findings

  expect(many).toMatchObject({ class: 'drift', since: before(40), skuCount: 12 })
  expect(many?.skus).toHaveLength(10)
  expect(many?.skus[0]).toEqual({
    channelSku: 'SKU 0',
    accounts: ['UK'],
    detail: 'Amazon shows 9 (outside edit up)',
  })
  expect(many?.nextStep).toContain("lockstep sync status UK; to send ours again: lockstep sync resend UK 'SKU 0'")
  expect(one?.summary).toMatch(/^1 listing shows a number/)
})

test('refused and unverified numbers name their SKUs, since when, and what Amazon says or shows', () => {
  const first = Array.from({ length: 12 }, (_, i) => {
    return { channelSku: `SKU ${i}`, quantity: 7, live: 3, issue: 'the quantity is too high' }
  })
  const [refused, unverified] = diagnosed({
    flow: {
      refused: 31,
      refusedFirst: { first, since: before(40) },
      unverified: 1,
      unverifiedFirst: { first: first.slice(0, 1), since: before(50) },
    },
  }).findings

  expect(refused).toMatchObject({ class: 'invalid_data', since: before(40), skuCount: 31 })
  expect(refused?.skus).toHaveLength(10)
  expect(refused?.skus[0]).toEqual({
    channelSku: 'SKU 0',
    accounts: ['UK'],
    detail: '7 refused: the quantity is too high',
  })
  expect(refused?.nextStep).toContain("lockstep why UK 'SKU 0'")
  expect(unverified).toMatchObject({ class: 'unverified', since: before(50), skuCount: 1 })
  expect(unverified?.skus).toEqual([
    { channelSku: 'SKU 0', accounts: ['UK'], detail: '7 was accepted, Amazon shows 3' },
  ])
  expect(unverified?.nextStep).toContain("lockstep sync resend UK 'SKU 0'")
})

test('numbers that were accepted and not seen yet are counted where it is said that Amazon shows what was sent', () => {
  const { findings, checks } = diagnosed({ flow: { notSeenYet: 3 } })

  expect(findings).toEqual([])
  expect(checks.find(({ check }) => check === 'numbers')).toMatchObject({
    ok: true,
    detail: expect.stringMatching(/^3 numbers were accepted and not yet seen/),
  })
})

test('a denial of listings says that a bulk job waits for it; a denial of orders holds none', () => {
  const flow = { runningJobs: { jobs: 1, lines: 2600 } }
  const summaryOf = (capability: string) => diagnosed({ rights: [aRight({ capability })], flow }).findings[0]?.summary

  expect(summaryOf('listings')).toMatch(/; a bulk job waits with 2600 lines to go$/)
  expect(summaryOf('orders')).not.toMatch(/bulk job/)
})

test('next steps name the account, not a placeholder', () => {
  const { findings } = diagnosed({
    failures: [aFailure({ outcome: 'not_found' }), aFailure({ outcome: 'invalid_data' })],
    rights: [aRight({})],
    flow: { refused: 2, unverified: 1, drift: 1 },
  })

  expect(findings.filter(({ nextStep }) => nextStep.includes('<account>'))).toEqual([])
  expect(findings.find(({ class: word }) => word === 'not_found')?.nextStep).toContain('lockstep mapping refresh UK')
})

test('[T-69] a held connection is the one thing wrong with its calls, whatever they met before', () => {
  const { findings } = diagnosed({
    standing: { state: 'reauthorise', stateDetail: 'Amazon does not take the refresh token any more' },
    rights: [aRight({})],
    failures: [aFailure({})],
  })

  expect(findings.map((one) => one.class)).toEqual(['authorisation_revoked'])
  expect(findings[0]?.nextStep).toContain('lockstep accounts authorise UK')
})

test('[S003-31] [S003-32] [S003-34] an MWS connection is flagged with its tell-tale and its remedy, and with nothing else', () => {
  const { findings } = diagnosed({
    standing: { api: 'mws', state: 'no_credentials', consentEnd: undefined },
    flow: { coveredUntil: null, wentLiveAt: null, authorisedAt: null },
  })

  expect(findings.map((one) => one.class)).toEqual(['legacy_connection'])
  expect(findings[0]?.summary).toMatch(/hours late.*no log shows an error/)
  expect(findings[0]?.nextStep).toMatch(/accounts add --seller A1 --marketplace UK.*accounts disable UK/)
})

test('another region is one finding, not a role for each call', () => {
  const facts = {
    rights: [aRight({}), aRight({ capability: 'listings' })],
    failures: [aFailure({ outcome: 'wrong_region' })],
  }

  expect(classes(facts)).toEqual(['wrong_region'])
})

test.each([
  ['consent_ends', { consentEnd: after(29) }],
  ['secret_ends', { secretEnd: after(29) }],
  ['consent_ends', { consentEnd: after(-1) }],
] as const)('%s is announced 30 days ahead, and told when it is over', (word, standing) => {
  expect(classes({ standing })).toEqual([word])
  expect(classes({ standing: { consentEnd: after(31), secretEnd: after(31) } })).toEqual([])
})

test('a secret whose age nobody told is said to be unknown, not well', () => {
  const { checks } = diagnosed({ standing: { secretEnd: undefined } })

  expect(checks.find(({ check }) => check === 'secret')?.detail).toMatch(/AMAZON_LWA_SECRET_ISSUED_AT/)
})

test('[S000-13] accounts of one seller that share a SKU and disagree are named with it', () => {
  const conflicts = [{ channelSku: 'SKU123', accounts: ['UK', 'DE'], detail: 'UK wants 4, DE wants 9' }]

  const [finding] = diagnosed({ flow: { conflicts, conflictCount: 7 } }).findings

  expect(finding).toMatchObject({ class: 'shared_sku_conflict', skus: conflicts, skuCount: 7 })
  expect(finding?.summary).toBe(
    'same seller, different marketplaces, same SKU: 7 SKUs that several accounts list have one quantity each at Amazon, and they ask for different numbers',
  )
  expect(diagnosed({ flow: { conflicts, conflictCount: 1 } }).findings[0]?.summary).toBe(
    'same seller, different marketplaces, same SKU: a SKU that several accounts list has one quantity at Amazon, and they ask for different numbers',
  )
})

test('an account that is off and sells from a shared quantity is a finding to act on, with its SKUs', () => {
  const disabledSiblings = [{ channelSku: 'SKU123', accounts: ['DE'], detail: '' }]

  const [finding] = diagnosed({ flow: { disabledSiblings, disabledSiblingCount: 3 } }).findings

  expect(finding).toMatchObject({ class: 'disabled_sibling', urgency: 'act', skus: disabledSiblings, skuCount: 3 })
  expect(finding?.summary).toBe(
    '3 SKUs are sold by DE too, which is off: it sells from the same quantity, and its orders are not downloaded',
  )
})

test('orders that are behind are a finding; those of an account that is off, or just authorised, are not', () => {
  expect(classes({ flow: { coveredUntil: before(25) } })).toEqual(['orders_behind'])
  expect(classes({ flow: { coveredUntil: null, wentLiveAt: null, authorisedAt: before(5) } })).toEqual([])
  expect(classes({ standing: { enabled: false }, flow: { coveredUntil: before(25) } })).toEqual(['not_sending'])
})

test('an outage counts while it is the last word; a call that went well since ends it', () => {
  const outage = aFailure({ outcome: 'outage', lastErrorCode: null })

  expect(classes({ failures: [outage] })).toEqual(['outage'])
  expect(classes({ failures: [{ ...outage, lastAcceptedAt: before(1) }] })).toEqual([])
  expect(classes({ failures: [{ ...outage, lastAt: before(30) }] })).toEqual([])
})

test('[S004-45] items that bring no days to ship are named, and nothing more than known', () => {
  const { findings } = diagnosed({ flow: { withoutLeadTime: { count: 21, skus: ['A', 'B'] } } })

  expect(findings).toMatchObject([
    { class: 'lead_time_missing', urgency: 'know', skus: [{ channelSku: 'A' }, { channelSku: 'B' }], skuCount: 21 },
  ])
})

test('[S003-51] [S003-52] stock of Amazon that is summed stays a red finding with the one switch that ends it', () => {
  const { findings, checks } = diagnosed({ standing: { summedFba: ['FBA UK'] } })

  expect(findings).toMatchObject([
    { class: 'fba_stock_summed', urgency: 'act', summary: expect.stringContaining('FBA UK') },
  ])
  expect(findings[0]?.nextStep).toBe('lockstep accounts settings UK --channel-specific-stock on')
  expect(checks.filter(({ ok }) => !ok)).toMatchObject([{ check: 'stock_pools' }])
})

test('stuck feeds, held zeros and switches are told, the urgent first', () => {
  const facts = {
    standing: { updateInventory: false, pausedAt: before(5) },
    flow: {
      stuckFeeds: { count: 1, since: before(90), detail: 'past its deadline at Amazon' },
      heldZeros: { count: 60, since: before(9), confirmation: 'zeros-1' },
      drift: 2,
    },
  }

  expect(classes(facts)).toEqual(['feed_stuck', 'zeros_held', 'drift', 'not_sending', 'not_sending'])
})

test('[T-52] [T-54] a stuck feed and a refused one are told with what is said of them and the one command that helps', () => {
  const { findings, checks } = diagnosed({
    flow: {
      stuckFeeds: { count: 2, since: before(90), detail: 'past its deadline at Amazon' },
      feedStops: [{ purpose: 'content', since: before(20), detail: 'header version 3.0' }],
    },
  })

  expect(findings).toMatchObject([
    { class: 'feed_stuck', urgency: 'act', since: before(90), capability: 'feeds' },
    { class: 'feeds_stopped', urgency: 'act', since: before(20), capability: 'feeds' },
  ])
  expect(findings.map(({ summary }) => summary)).toEqual([
    '2 feeds are past the deadline at Amazon: past its deadline at Amazon',
    expect.stringMatching(/feeds of content \(header version 3\.0\)/),
  ])
  expect(findings[1]?.nextStep).toBe('once the cause is mended: lockstep feeds allow UK')
  expect(checks.find(({ check }) => check === 'feeds')?.ok).toBe(false)
})
