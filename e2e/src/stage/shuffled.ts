/** The entries in an order that the seed decides, the same on every run. */
export function shuffled<T>(entries: readonly T[], seed: number): T[] {
  const random = seededRandom(seed)
  return entries
    .map((entry) => ({ entry, place: random() }))
    .toSorted((left, right) => left.place - right.place)
    .map(({ entry }) => entry)
}

/** Mulberry32: numbers from 0 up to 1. */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
