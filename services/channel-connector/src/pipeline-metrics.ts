import { meter } from '@lockstep/telemetry/metrics'

const pipeline = meter('channel-connector')

const repaired = pipeline.createCounter('availability_repaired_total', {
  description:
    'Figures of availability that no event brought and that a comparison with inventory found; 0 in a healthy run',
})
const computed = pipeline.createCounter('numbers_computed_total', {
  description: 'Changes of items that were stored, with the numbers of their listings computed again',
})
const sent = pipeline.createCounter('numbers_sent_total', {
  description: 'Numbers sent to Amazon, by lane and what came of them',
})
const travel = pipeline.createHistogram('number_travel_ms', {
  description: 'From the change on our side to the acceptance by Amazon, by lane',
  unit: 'ms',
  advice: { explicitBucketBoundaries: [50, 100, 250, 500, 1_000, 2_500, 5_000, 15_000, 60_000, 300_000, 1_800_000] },
})

const watchReads = pipeline.createCounter('watch_reads_total', {
  description: 'Reads of the most exposed SKUs, and what came of them',
})

const oldest = pipeline.createObservableGauge('number_oldest_waiting_seconds', {
  description:
    'Age of the longest-waiting number that nothing but Amazon’s limits holds back, over all accounts, by lane',
  unit: 's',
})

/** Asks with each export how long the oldest number has waited, by lane; disposal ends it. */
export function observeOldestWaiting(read: () => Promise<ReadonlyMap<string, number>>): Disposable {
  const observe: Parameters<typeof oldest.addCallback>[0] = async (result) => {
    const ages = await read()
    for (const lane of ['to_zero', 'decrease', 'increase']) result.observe(ages.get(lane) ?? 0, { lane })
  }
  oldest.addCallback(observe)
  return { [Symbol.dispose]: () => oldest.removeCallback(observe) }
}

/** Figures were found that no event had brought. */
export function countRepaired(figures: number): void {
  repaired.add(figures)
}

/** Items moved, and their numbers were computed again. */
export function countComputed(items: number): void {
  computed.add(items)
}

/** The watch read up to 20 SKUs, or found no token for it. */
export function countWatchRead(result: 'read' | 'failed'): void {
  watchReads.add(1, { result })
}

/** A number came back from Amazon. */
export function observeSent(write: { lane: string; outcome: string; travelMs: number | null }): void {
  sent.add(1, { lane: write.lane, outcome: write.outcome })
  if (write.travelMs !== null) travel.record(write.travelMs, { lane: write.lane })
}
