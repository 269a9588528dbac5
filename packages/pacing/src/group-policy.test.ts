import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import type { GroupInputs, GroupPolicy, Member } from './group-policy.ts'
import { groupNumber } from './group-policy.ts'
import type { GateName } from './quantity-rules.ts'
import { defaultSettings, GATES } from './quantity-rules.ts'

type Wish = {
  account: string
  available: number
  closed?: GateName[]
  zerosPass?: boolean
  item?: string
  leadTimeDays?: number
}

function member({ account, available, closed = [], zerosPass = false, item = 'itm_1', leadTimeDays }: Wish): Member {
  return {
    listingId: `lst_${account}`,
    accountId: account,
    marketplaceId: `mkt_${account}`,
    itemId: item,
    gates: GATES.map((gate) => ({ gate, open: !closed.includes(gate), detail: null, zerosPass })),
    locations: [{ id: 'loc_1', name: 'Default', kind: 'own', available, version: 1 }],
    settings: { ...defaultSettings, leadTimeDays: { value: leadTimeDays ?? null, from: 'listing' } },
  }
}

const group = (wishes: Wish[], policy: GroupPolicy = 'lowest', owner: string | null = null): GroupInputs => ({
  policy,
  ownerAccountId: owner,
  members: wishes.map(member),
  dataVersion: '1',
})

const [uk9, de4, fr6] = [
  { account: 'uk', available: 9 },
  { account: 'de', available: 4 },
  { account: 'fr', available: 6 },
]

test('[S000-12] members that agree send one number, naming the first of them', () => {
  const result = groupNumber(group([uk9, { ...de4, available: 9 }]), 0, 3)

  expect(result).toMatchObject({ kind: 'number', number: 9, sendAs: 'lst_uk', conflict: null, withheld: false })
})

test('[S000-12] lowest: the smallest number is sent, and the conflict shows who wants what', () => {
  const result = groupNumber(group([uk9, de4, fr6]), 0, 3)

  expect(result).toMatchObject({ number: 4, conflict: { kind: 'numbers', detail: 'uk 9, de 4, fr 6' } })
  expect(result.kind === 'number' && result.step).toMatchObject({ step: 'group_policy', before: 9, after: 4 })
})

test('owner: one account decides and its marketplace is named; without its number the lowest counts', () => {
  expect(groupNumber(group([uk9, de4], 'owner', 'uk'), 0, 3)).toMatchObject({ number: 9, sendAs: 'lst_uk' })
  expect(groupNumber(group([de4, uk9], 'owner', 'uk'), 0, 3)).toMatchObject({ number: 9, sendAs: 'lst_uk' })
  const ownerPaused = { ...uk9, closed: ['not_paused' as const] }
  expect(groupNumber(group([ownerPaused, de4, fr6], 'owner', 'uk'), 0, 3)).toMatchObject({
    number: 4,
    sendAs: 'lst_de',
  })
})

test('hold: never raised while in conflict, lowered at once', () => {
  expect(groupNumber(group([uk9, de4], 'hold'), 0, 3)).toMatchObject({ number: 3, withheld: true })
  expect(groupNumber(group([uk9, de4], 'hold'), 0, 7)).toMatchObject({ number: 4, withheld: false })
  expect(groupNumber(group([uk9], 'hold'), 0, 3)).toMatchObject({ number: 9, withheld: false })
})

test('no policy holds back a lower number: when every member wants less than is live, less is sent', () => {
  const policy = fc.constantFrom<GroupPolicy[]>('lowest', 'owner', 'hold')
  fc.assert(
    fc.property(policy, fc.array(fc.nat(50), { minLength: 1, maxLength: 5 }), fc.nat(20), (chosen, wants, more) => {
      const wishes = wants.map((available, i) => ({ account: `a${i}`, available }))
      const live = Math.max(...wants) + 1 + more
      const result = groupNumber(group(wishes, chosen, 'a0'), 0, live)
      expect(result.kind === 'number' ? result.number : live).toBeLessThan(live)
      expect(result).toMatchObject({ withheld: false })
    }),
  )
})

test('members of different items are a conflict of their own and get the lowest, whatever the policy', () => {
  const other = { ...de4, item: 'itm_2' }

  expect(groupNumber(group([uk9, other], 'owner', 'uk'), 0, 3)).toMatchObject({
    number: 4,
    conflict: { kind: 'items' },
  })
})

test('a member whose gate is closed gives no number and follows', () => {
  const result = groupNumber(group([uk9, { ...de4, closed: ['update_inventory'] }]), 0, 3)

  expect(result).toMatchObject({ number: 9, conflict: null })
  expect(result.members).toMatchObject([
    { accountId: 'uk', desired: 9, role: 'sends', reason: null },
    { accountId: 'de', desired: null, role: 'follows', reason: 'update_inventory' },
  ])
})

test('[T-28] any member fulfilled by Amazon: nothing is sent', () => {
  expect(groupNumber(group([uk9, { ...de4, closed: ['not_fba'] }]), 0, 3)).toMatchObject({
    kind: 'gated',
    reason: 'FBA_MEMBER',
  })
})

test('no member with a number: the first closed gate is the reason', () => {
  expect(groupNumber(group([{ ...uk9, closed: ['linked'] }]), 0, 3)).toMatchObject({ kind: 'gated', reason: 'linked' })
  expect(groupNumber(group([]), 0, 3)).toMatchObject({ kind: 'gated', reason: 'NO_MEMBERS' })
})

test('a softly paused member still sends a 0, and follows otherwise', () => {
  const paused = { closed: ['not_paused' as const], zerosPass: true }

  expect(groupNumber(group([{ ...uk9, available: 0, ...paused }]), 0, 3)).toMatchObject({ kind: 'number', number: 0 })
  expect(groupNumber(group([{ ...uk9, ...paused }]), 0, 3)).toMatchObject({ kind: 'gated', reason: 'not_paused' })
  expect(groupNumber(group([{ ...de4, ...paused }, uk9]), 0, 3)).toMatchObject({ number: 9, sendAs: 'lst_uk' })
})

test("the lead time is the owner's, else the longest asked for; different ones are a conflict", () => {
  const slow = { account: 'uk', available: 5, leadTimeDays: 5 }
  const fast = { account: 'de', available: 5, leadTimeDays: 2 }

  expect(groupNumber(group([fast, slow]), 0, 3)).toMatchObject({ leadTimeDays: 5, conflict: { kind: 'lead_times' } })
  expect(groupNumber(group([fast, slow], 'owner', 'de'), 0, 3)).toMatchObject({ leadTimeDays: 2 })
})
