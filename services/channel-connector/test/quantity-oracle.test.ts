import { expect, test } from '@jest/globals'
import { type GroupInputs, groupNumber } from '@lockstep/pacing/group-policy'
import { seeded } from '@lockstep/pacing/simulation/virtual-clock'

import { groupInputs, type MemberFacts } from '../src/domain/member-inputs.ts'
import { type Answer, answerOf, type ListingCase, type RuleValues, type SkuCase } from './quantity-oracle.ts'

const unset: RuleValues = { endWhen: null, percent: null, maxListed: null, leadTimeDays: null }

function aListing(more: Partial<ListingCase> = {}): ListingCase {
  return {
    account: 'acc_1',
    item: 'itm_1',
    isEnabled: true,
    isUpdating: true,
    isFba: false,
    isIgnored: false,
    hasOrders: true,
    pause: 'no',
    leavesFbaOut: true,
    ofListing: unset,
    ofAccount: unset,
    ofItem: null,
    mapped: [{ kind: 'own', available: 40, awaited: 0, held: 0 }],
    ...more,
  }
}

const aSku = (listings: ListingCase[], more: Partial<SkuCase> = {}): SkuCase => ({
  listings,
  policy: 'lowest',
  owner: null,
  unseen: 0,
  live: null,
  ...more,
})

/** The product's own answer. */
function productAnswer(sku: SkuCase): Answer & { leadTimeDays: number | null } {
  const facts = sku.listings.map((listing, i) => factsOf(listing, sku, i))
  const inputs = withHolds(groupInputs(facts), sku)
  const result = groupNumber(inputs, sku.unseen, sku.live)
  return {
    number: result.kind === 'number' ? result.number : null,
    each: result.members.map(({ role, desired }) => (role === 'sends' ? desired : null)),
    leadTimeDays: result.kind === 'number' ? result.leadTimeDays : null,
  }
}

function withHolds(inputs: GroupInputs, { listings }: SkuCase): GroupInputs {
  const members = inputs.members.map((member, i) => ({
    ...member,
    locations: member.locations.map((location, j) => ({ ...location, held: listings[i]?.mapped[j]?.held ?? 0 })),
  }))
  return { ...inputs, members }
}

function factsOf(listing: ListingCase, { policy, owner }: SkuCase, place: number): MemberFacts {
  return {
    listingId: `lst_${place}`,
    groupId: 'grp_1',
    policy,
    ownerAccountId: owner,
    accountId: listing.account,
    accountName: listing.account,
    marketplaceId: 'A1F83G8C2ARO7P',
    asin: 'B000000001',
    title: 'A thing',
    active: true,
    fba: listing.isFba,
    ignoreSync: listing.isIgnored,
    itemId: listing.item,
    enabled: listing.isEnabled,
    updateInventory: listing.isUpdating,
    paused: listing.pause,
    wentLive: listing.hasOrders,
    channelSpecificStock: listing.leavesFbaOut,
    productLeadTimes: listing.ofItem !== null,
    productLeadTimeDays: listing.ofItem,
    own: settingValues(listing.ofListing),
    account: settingValues(listing.ofAccount),
    locations: listing.mapped.map(({ kind, available, awaited }, i) => {
      return { id: `loc_${i}`, name: `Shelf ${i}`, version: 1, kind, available, awaited }
    }),
  }
}

function settingValues({ endWhen, percent, maxListed, leadTimeDays }: RuleValues) {
  return { endWhen, stockPercentage: percent, maxListed, leadTimeDays }
}

const own = (available: number | null, awaited = 0, held = 0) => ({ kind: 'own' as const, available, awaited, held })
const fba = (available: number) => ({ kind: 'fba' as const, available, awaited: 0, held: 0 })
const rule = (values: Partial<RuleValues>): RuleValues => ({ ...unset, ...values })

// Worked by hand: what is there, what is asked for, and the sum that gives the number.
const byHand: [string, SkuCase, number | null][] = [
  ['End When 5 of 40: 40 > 5, so all 40', aSku([aListing({ ofListing: rule({ endWhen: 5 }) })]), 40],
  ['End When 4 of 4: 4 <= 4, so 0', aSku([aListing({ ofListing: rule({ endWhen: 4 }), mapped: [own(4)] })]), 0],
  ['33 % of 7 = 2.31, rounded down 2', aSku([aListing({ ofAccount: rule({ percent: 33 }), mapped: [own(7)] })]), 2],
  [
    '9 - 3 - 2 sold unseen = 4; End When 3 leaves 4; 75 % = 3; Max Listed 5 leaves 3',
    aSku([aListing({ ofAccount: rule({ endWhen: 3, percent: 75, maxListed: 5 }), mapped: [own(9), own(-3)] })], {
      unseen: 2,
    }),
    3,
  ],
  [
    'Max Listed 2 of the listing beats 9 of the account',
    aSku([aListing({ ofListing: rule({ maxListed: 2 }), ofAccount: rule({ maxListed: 9 }) })]),
    2,
  ],
  ['5 + 30 at FBA: its units are left out', aSku([aListing({ mapped: [own(5), fba(30)] })]), 5],
  [
    '5 + 30 at FBA = 35, summed: 50 % = 17',
    aSku([aListing({ leavesFbaOut: false, mapped: [own(5), fba(30)], ofListing: rule({ percent: 50 }) })]),
    17,
  ],
  ['6 less 8 that downloaded orders will take is below 0, so 0', aSku([aListing({ mapped: [own(6, 8)] })]), 0],
  [
    '7 with 2 of the 3 unseen units held: 7 + 2 - 3 = 6',
    aSku([aListing({ mapped: [own(7, 0, 2)] })], { unseen: 3 }),
    6,
  ],
  ['a location whose stock is unknown: nothing is sent', aSku([aListing({ mapped: [own(6), own(null)] })]), null],
  [
    'two listings ask for 40 and 12: the lowest',
    aSku([aListing(), aListing({ account: 'acc_2', ofListing: rule({ percent: 30 }) })]),
    12,
  ],
]

test.each(byHand)('[S004-37] [S004-38] [S004-39] worked by hand: %s', (_, sku, number) => {
  expect(answerOf(sku).number).toBe(number)
  expect(productAnswer(sku).number).toBe(number)
})

/** Chance that likes edges: thresholds next to the stock, small shelves, now and then a huge one. */
function chanceOf(seed: number) {
  const random = seeded(seed)
  const below = (end: number) => Math.floor(random() * end)
  const oneIn = (times: number) => below(times) === 0
  const oneOf = <T>(values: readonly T[]): T => values[below(values.length)] ?? fail()
  const units = () => (oneIn(20) ? below(1_000_000_001) : oneIn(5) ? -below(30) : below(60))
  return { below, oneIn, oneOf, units }
}

function fail(): never {
  throw new RangeError('one of nothing')
}

type Chance = ReturnType<typeof chanceOf>

function aRandomSku(chance: Chance): SkuCase {
  const { below, oneIn, oneOf } = chance
  const count = oneIn(2) ? 1 : 1 + below(4)
  const leadTimeDays = oneIn(2) ? null : 1 + below(30)
  return {
    listings: Array.from({ length: count }, (_, i) => aRandomListing(chance, { account: `acc_${i}`, leadTimeDays })),
    policy: oneOf(['lowest', 'owner', 'hold']),
    owner: oneIn(2) ? null : `acc_${below(4)}`,
    unseen: oneIn(2) ? 0 : below(12),
    live: oneIn(4) ? null : below(60),
  }
}

function aRandomListing(chance: Chance, given: { account: string; leadTimeDays: number | null }): ListingCase {
  const { below, oneIn, oneOf } = chance
  const daysFrom = oneOf(['listing', 'account', 'item'])
  const days = (where: string) => (daysFrom === where ? given.leadTimeDays : null)
  const mapped = Array.from({ length: oneIn(25) ? 0 : 1 + below(3) }, () => aRandomShelf(chance))
  return {
    account: given.account,
    item: oneIn(30) ? null : oneIn(8) ? 'itm_2' : 'itm_1',
    isEnabled: !oneIn(30),
    isUpdating: !oneIn(30),
    isFba: oneIn(40),
    isIgnored: oneIn(30),
    hasOrders: !oneIn(30),
    pause: oneIn(10) ? oneOf(['soft', 'hard']) : 'no',
    leavesFbaOut: !oneIn(3),
    ofListing: aRandomRule(chance, { mapped, leadTimeDays: days('listing') }),
    ofAccount: aRandomRule(chance, { mapped, leadTimeDays: days('account') }),
    ofItem: days('item'),
    mapped,
  }
}

function aRandomShelf({ below, oneIn, oneOf, units }: Chance): ListingCase['mapped'][number] {
  return {
    kind: oneOf(['own', 'own', 'third_party', 'fba']),
    available: oneIn(40) ? null : units(),
    awaited: oneIn(6) ? below(5) : 0,
    held: oneIn(5) ? below(8) : 0,
  }
}

function aRandomRule(
  { below, oneIn }: Chance,
  { mapped, leadTimeDays }: { mapped: ListingCase['mapped']; leadTimeDays: number | null },
): RuleValues {
  const near = Math.max(0, (mapped[0]?.available ?? 0) - 2 + below(5))
  return {
    endWhen: oneIn(2) ? null : oneIn(2) ? near : below(10),
    percent: oneIn(2) ? null : below(101),
    maxListed: oneIn(2) ? null : oneIn(3) ? near : below(40),
    leadTimeDays,
  }
}

test('[S000-12] [S001-4] [S003-50] [S003-51] [S004-33] 100,000 random configurations get the number of an oracle that knows only the requirements', () => {
  const chance = chanceOf(20_26)
  const different: object[] = []
  const met = { nothing: 0, zero: 0, more: 0, lowered: 0 }
  for (let i = 0; i < 100_000; i++) {
    const sku = aRandomSku(chance)
    const wanted = answerOf(sku)
    const { leadTimeDays, ...answer } = productAnswer(sku)
    const isSame = JSON.stringify(answer) === JSON.stringify(wanted) && isLeadTimeOf(sku, answer, leadTimeDays)
    if (!isSame && different.length < 5) different.push({ sku, wanted, answer, leadTimeDays })
    met[wordFor(wanted)] += 1
  }

  expect(different).toEqual([])
  // Each kind of answer is really met.
  for (const times of Object.values(met)) expect(times).toBeGreaterThan(5_000)
})

/** Every listing of a case asks for the same lead time, by its own value, its account's or its item's. */
function isLeadTimeOf({ listings }: SkuCase, { number }: Answer, leadTimeDays: number | null): boolean {
  return leadTimeDays === (number === null ? null : daysOf(listings[0]))
}

function daysOf(listing: ListingCase | undefined): number | null {
  return listing?.ofListing.leadTimeDays ?? listing?.ofItem ?? listing?.ofAccount.leadTimeDays ?? null
}

function wordFor({ number, each }: Answer): 'nothing' | 'zero' | 'more' | 'lowered' {
  if (number === null) return 'nothing'
  if (number === 0) return 'zero'
  return each.some((one) => one !== null && one > number) ? 'lowered' : 'more'
}
