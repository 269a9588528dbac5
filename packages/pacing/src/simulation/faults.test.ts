import { expect, test } from '@jest/globals'
import fc from 'fast-check'
import { amazonModel } from './amazon-model.ts'
import type { Fault } from './simulated-connector.ts'
import { simulatedSeller } from './simulated-seller.ts'
import { seeded, virtualClock } from './virtual-clock.ts'

const START = Date.UTC(2026, 10, 21)
const MINUTE = 60_000

type Happening = {
  after: number
  what: 'buy' | 'shop' | 'receive' | 'edit' | 'force' | 'pause' | 'resume'
  units: number
}

const happenings = fc.array(
  fc.record<Happening>({
    after: fc.oneof(fc.nat(3_000), fc.nat(120_000)),
    what: fc.constantFrom('buy', 'buy', 'buy', 'shop', 'shop', 'receive', 'edit', 'force', 'pause', 'resume'),
    units: fc.integer({ min: 1, max: 6 }),
  }),
  { minLength: 1, maxLength: 60 },
)
const faults = fc.array(
  fc.constantFrom<Fault[]>('none', 'none', 'none', 'lost_reply', 'lost_request', 'refused_entry'),
  {
    minLength: 1,
    maxLength: 40,
  },
)

/** An hour or so of chance: buyers, own sales, edits in Seller Central, pauses, lost requests and replies. */
function badHour(script: Happening[], luck: Fault[], seed: number) {
  const clock = virtualClock(START)
  const chance = seeded(seed)
  const amazon = amazonModel(clock, { live: 0, propagationMs: 1_000 + (seed % 30_000), visibilityMs: 2 * MINUTE })
  let calls = 0
  let quiet = false
  const fault = () => (quiet ? 'none' : (luck[calls++ % luck.length] ?? 'none'))
  const seller = simulatedSeller(clock, amazon, { onHand: 30, luck: { chance, fault } })
  seller.startPolling(chance() * 5 * MINUTE)
  const perform: Record<Happening['what'], (units: number) => void> = {
    buy: (units) => amazon.buy(units),
    shop: (units) => seller.sellInShop(units),
    receive: (units) => seller.receive(units),
    edit: (units) => amazon.edit(units * 3),
    force: () => seller.forceUpdate(),
    pause: () => seller.setGate('not_paused', false),
    resume: () => seller.setGate('not_paused', true),
  }
  let at = START
  for (const { after, what, units } of script) clock.at((at += after), () => perform[what](units))
  clock.runUntil(at)
  return { clock, amazon, seller, calm: () => (quiet = true) }
}

test('[R13] whatever happened, when the world is quiet and our side changes once more the listing ends in step', () => {
  fc.assert(
    fc.property(happenings, faults, fc.nat(99_999), (script, luck, seed) => {
      const { clock, amazon, seller, calm } = badHour(script, luck, seed)
      calm()
      seller.setGate('not_paused', true)
      clock.runUntil(clock.now() + 20 * MINUTE)
      seller.receive(1)
      clock.runUntil(clock.now() + 90 * MINUTE)

      expect(amazon.live()).toBe(Math.max(0, seller.available()))
      expect(seller.state()).toMatchObject({ word: 'in_step', due: null, inFlight: null, falls: [], mustSend: false })
    }),
    { numRuns: 300 },
  )
})

test('[R13] versions that leave never go down, whatever is lost on the way', () => {
  fc.assert(
    fc.property(happenings, faults, fc.nat(99_999), (script, luck, seed) => {
      const { seller } = badHour(script, luck, seed)

      const left = seller.actions.filter((a) => a.kind === 'proceed').map((a) => a.version)
      expect(left).toEqual(left.toSorted((a, b) => a - b))
      const { sentVersion, accepted, chain } = seller.state()
      expect(accepted?.version ?? 0).toBeLessThanOrEqual(sentVersion)
      expect(chain.accepted?.version ?? 0).toBeLessThanOrEqual(accepted?.version ?? 0)
    }),
    { numRuns: 200 },
  )
})
