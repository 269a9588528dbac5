/** Maps every entry, at most `width` at a time, so that a long page does not flood a peer. Keeps the order. */
export async function inTurns<T, R>(
  entries: readonly T[],
  width: number,
  work: (entry: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  for (let first = 0; first < entries.length; first += width) {
    results.push(...(await Promise.all(entries.slice(first, first + width).map(work))))
  }
  return results
}
