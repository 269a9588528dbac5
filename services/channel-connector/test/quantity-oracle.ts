/*
 * What number a listing is to send, written a second time from the requirements (1.6 and the gates of the pipeline) in whole numbers only.
 * It imports nothing, so that agreeing with it proves something.
 */

/** Everything a seller, the stock and Amazon may have set for one listing. */
export interface ListingCase {
  account: string
  item: string | null
  isEnabled: boolean
  isUpdating: boolean
  isFba: boolean
  isIgnored: boolean
  hasOrders: boolean
  pause: 'no' | 'soft' | 'hard'
  leavesFbaOut: boolean
  ofListing: RuleValues
  ofAccount: RuleValues
  /** The days to ship that its item brings, where its account takes them from its items. */
  ofItem: number | null
  /** `held`: units that Amazon was seen to sell of this very SKU; they are out of `available` already. */
  mapped: { kind: 'own' | 'third_party' | 'fba'; available: number | null; awaited: number; held: number }[]
}

/** Null is not set. */
export interface RuleValues {
  endWhen: number | null
  percent: number | null
  maxListed: number | null
  leadTimeDays: number | null
}

/** The listings of one shared SKU, the policy for those that disagree, and what Amazon shows. */
export interface SkuCase {
  listings: ListingCase[]
  policy: 'lowest' | 'owner' | 'hold'
  owner: string | null
  unseen: number
  live: number | null
}

/** Null: nothing is sent. */
export interface Answer {
  number: number | null
  /** What each listing would send by itself; null where a gate is closed. */
  each: (number | null)[]
}

interface Voice {
  account: string
  item: string | null
  number: bigint
  onlyZero: boolean
}

/** The number of a shared SKU. */
export function answerOf(sku: SkuCase): Answer {
  const voices = sku.listings.map((listing) => voiceOf(listing, BigInt(sku.unseen)))
  const all = voices.filter((voice) => voice !== null)
  const together = sku.listings.some(({ isFba }) => isFba) ? null : agreed(all, sku)
  const free = all.filter(({ onlyZero }) => !onlyZero)
  // A soft pause lets a 0 of the whole group through; for anything else the paused listings have no say.
  const isHeldBack = together !== null && together !== 0n && free.length < all.length
  const number = isHeldBack ? agreed(free, sku) : together
  const each = voices.map((voice) => (voice === null || (isHeldBack && voice.onlyZero) ? null : Number(voice.number)))
  return { number: number === null ? null : Number(number), each }
}

function voiceOf(listing: ListingCase, unseen: bigint): Voice | null {
  const { account, item, mapped, leavesFbaOut } = listing
  const counted = mapped.filter(({ kind }) => !(leavesFbaOut && kind === 'fba'))
  const isOpen = listing.isEnabled && listing.isUpdating && item !== null && !listing.isFba && !listing.isIgnored
  const isKnown = mapped.length > 0 && counted.every(({ available }) => available !== null)
  if (!isOpen || !isKnown || !listing.hasOrders || listing.pause === 'hard') return null
  // What is held was seen as unseen: it is taken off once, and what is no longer unseen is not taken off at all.
  const ours = counted.reduce(
    (sum, { available, awaited, held }) => sum + BigInt(available ?? 0) + BigInt(held) - BigInt(awaited),
    0n,
  )
  return { account, item, number: ruled(atLeast0(ours - unseen), listing), onlyZero: listing.pause === 'soft' }
}

/** If A <= End When, send 0; else min(Max Listed, floor(A x pct / 100)). The listing's value beats the account's. */
function ruled(available: bigint, { ofListing, ofAccount }: ListingCase): bigint {
  const endWhen = BigInt(ofListing.endWhen ?? ofAccount.endWhen ?? 0)
  const percent = BigInt(ofListing.percent ?? ofAccount.percent ?? 100)
  const maxListed = ofListing.maxListed ?? ofAccount.maxListed
  if (available <= endWhen) return 0n
  const share = (available * percent) / 100n
  return maxListed !== null && BigInt(maxListed) < share ? BigInt(maxListed) : share
}

function agreed(voices: readonly Voice[], { policy, owner, live }: SkuCase): bigint | null {
  const [first] = voices
  if (!first) return null
  const lowest = voices.reduce((least, { number }) => (number < least ? number : least), first.number)
  const sameItem = voices.every(({ item }) => item === first.item)
  const sameNumber = voices.every(({ number }) => number === first.number)
  const deciding = voices.find(({ account }) => account === owner)
  if (!sameItem) return lowest
  if (policy === 'owner' && deciding) return deciding.number
  if (policy === 'hold' && !sameNumber && live !== null && BigInt(live) < lowest) return BigInt(live)
  return lowest
}

function atLeast0(units: bigint): bigint {
  return units < 0n ? 0n : units
}
