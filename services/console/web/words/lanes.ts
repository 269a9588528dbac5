const words: Readonly<Record<string, string>> = {
  to_zero: 'to zero, the most urgent',
  decrease: 'decrease',
  increase: 'increase',
}

/** The lane a write waits in. */
export const laneText = (lane: string): string => words[lane] ?? lane
