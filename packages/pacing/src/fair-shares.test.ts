import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Claimant, shareOut } from './fair-shares.ts'

const aClaimant = (more: Partial<Claimant> & { id: string }): Claimant => ({
  served: 0,
  servedBefore: 0,
  waitingSince: 0,
  want: 100,
  isHere: true,
  ...more,
})

const tokensOf = (claimants: readonly Claimant[], tokens: number) =>
  Object.fromEntries([...shareOut(claimants, { tokens, mostHere: tokens })].map(([id, share]) => [id, share.tokens]))

test('[S003-36] who was served least goes first, and from there on all get the same', () => {
  const line = [
    aClaimant({ id: 'a', served: 10 }),
    aClaimant({ id: 'b', served: 4 }),
    aClaimant({ id: 'c', served: 10 }),
  ]

  expect(tokensOf(line, 5)).toEqual({ a: 0, b: 5, c: 0 })
  expect(tokensOf(line, 12)).toEqual({ a: 2, b: 8, c: 2 })
})

test('who wants little leaves the rest to the others', () => {
  const line = [aClaimant({ id: 'a', want: 1 }), aClaimant({ id: 'b' }), aClaimant({ id: 'c' })]

  expect(tokensOf(line, 9)).toEqual({ a: 1, b: 4, c: 4 })
})

test('who was idle catches up on no more than two turns, and waits for nobody', () => {
  const line = [
    aClaimant({ id: 'busy', served: 1_000 }),
    aClaimant({ id: 'idle', served: null, servedBefore: 3 }),
    aClaimant({ id: 'new', served: null }),
  ]

  expect(tokensOf(line, 34)).toEqual({ busy: 10, idle: 12, new: 12 })
  const ahead = aClaimant({ id: 'ahead', served: null, servedBefore: 1_010 })
  expect(tokensOf([aClaimant({ id: 'busy', served: 1_000 }), ahead], 30)).toEqual({ busy: 20, ahead: 10 })
})

test('[S003-36] who was away for a moment takes the turns it missed', () => {
  const line = [aClaimant({ id: 'there', served: 20 }), aClaimant({ id: 'away', served: null, servedBefore: 19 })]

  expect(tokensOf(line, 1)).toEqual({ there: 0, away: 1 })
  expect(tokensOf(line, 3)).toEqual({ there: 1, away: 2 })
})

test('of two served alike the longer waiting goes first', () => {
  const line = [aClaimant({ id: 'late', waitingSince: 9 }), aClaimant({ id: 'early', waitingSince: 5 })]

  expect(tokensOf(line, 1)).toEqual({ late: 0, early: 1 })
})

test('what falls to one that waits elsewhere is left for it', () => {
  const line = [
    aClaimant({ id: 'here', served: 5 }),
    aClaimant({ id: 'elsewhere', served: 2, isHere: false }),
    aClaimant({ id: 'too', served: 5 }),
  ]

  expect(tokensOf(line, 3)).toEqual({ here: 0, elsewhere: 3, too: 0 })
  const shares = shareOut(line, { tokens: 60, mostHere: 2 })
  expect(shares.get('here')).toEqual({ tokens: 1, served: 6 })
  expect(shares.get('too')).toEqual({ tokens: 1, served: 6 })
})

test('[T-47] never more than there is, never more than wanted, and nothing is kept back while somebody wants', () => {
  const claimant = fc.record({
    served: fc.option(fc.nat(50)),
    servedBefore: fc.nat(50),
    waitingSince: fc.nat(1_000),
    want: fc.nat(20),
  })
  fc.assert(
    fc.property(fc.array(claimant, { maxLength: 20 }), fc.nat(200), (claimants, tokens) => {
      const line = claimants.map((one, index) => ({ ...one, id: String(index), isHere: true }))
      const shares = shareOut(line, { tokens, mostHere: tokens })
      const given = [...shares.values()].reduce((sum, share) => sum + share.tokens, 0)
      const wanted = line.reduce((sum, { want }) => sum + want, 0)
      expect(given).toBe(Math.min(tokens, wanted))
      for (const { id, want } of line) expect(shares.get(id)?.tokens).toBeLessThanOrEqual(want)
    }),
  )
})
