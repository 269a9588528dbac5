/** A clock that jumps from one planned moment to the next: a day of waiting takes milliseconds. */
export type VirtualClock = {
  now(): number
  /** Runs `job` at the given moment, or at once (after what is due already) when that has passed. */
  at(moment: number, job: () => void): void
  after(delayMs: number, job: () => void): void
  /** Runs everything that falls due until then. */
  runUntil(moment: number): void
}

type Planned = { moment: number; order: number; job: () => void }

/** Jobs of the same moment run in the order they were planned. */
export function virtualClock(start: number): VirtualClock {
  let now = start
  let order = 0
  const planned: Planned[] = []
  const at = (moment: number, job: () => void) => {
    push(planned, { moment: Math.max(moment, now), order: order++, job })
  }
  return {
    now: () => now,
    at,
    after: (delayMs, job) => at(now + delayMs, job),
    runUntil(moment) {
      while (planned[0] && planned[0].moment <= moment) {
        const next = pop(planned)
        if (!next) break
        now = next.moment
        next.job()
      }
      now = moment
    },
  }
}

/** A binary heap: the next job is at its head. */
function push(heap: Planned[], one: Planned): void {
  let place = heap.length
  heap.push(one)
  while (place > 0) {
    const above = (place - 1) >> 1
    const parent = heap[above]
    if (!parent || isBefore(parent, one)) break
    heap[place] = parent
    place = above
  }
  heap[place] = one
}

function pop(heap: Planned[]): Planned | undefined {
  const head = heap[0]
  const last = heap.pop()
  if (!last || heap.length === 0) return head
  let place = 0
  for (let child = 1; child < heap.length; child = 2 * place + 1) {
    const [left, right] = [heap[child], heap[child + 1]]
    const least = right && left && isBefore(right, left) ? child + 1 : child
    const smaller = heap[least]
    if (!smaller || isBefore(last, smaller)) break
    heap[place] = smaller
    place = least
  }
  heap[place] = last
  return head
}

function isBefore(a: Planned, b: Planned): boolean {
  return a.moment < b.moment || (a.moment === b.moment && a.order < b.order)
}

/** Repeatable chance: the same seed gives the same numbers, each in [0, 1). */
export function seeded(seed: number): () => number {
  let state = (seed * 2_654_435_761) >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
