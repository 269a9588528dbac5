/** What a figure must keep to. */
export type Bar = { atMost: number } | { atLeast: number }

/** One number that a benchmark measured. */
export interface Figure {
  /** In snake case with its unit last, as it stands in the JSON line. */
  name: string
  value: number
  bar?: Bar
  /** What the parts would allow at best, and why. */
  limit?: { value: number; because: string }
}

/** What whoever runs a benchmark may say about it. */
export interface BenchOptions {
  /** How long it measures, where it measures for a time; its own default when left out. */
  minutes: number | undefined
  /** Says how far it is; not part of the result. */
  say: (line: string) => void
}

/** One measurement on real parts. */
export interface Benchmark {
  name: string
  /** What it measures, in one line. */
  summary: string
  run(options: BenchOptions): Promise<Figure[]>
}

/** Whether the figure keeps to its bar; true for one without. */
export function isMet({ value, bar }: Figure): boolean {
  if (!bar) return true
  return 'atMost' in bar ? value <= bar.atMost : value >= bar.atLeast
}

/** The value below which this share (0 to 1) of the samples lies. */
export function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((left, right) => left - right)
  const place = Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)
  return sorted[Math.max(0, place)] ?? Number.NaN
}
