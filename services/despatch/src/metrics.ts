import { meter } from '@lockstep/telemetry/metrics'

const signals = meter('despatch')
const processed = signals.createCounter('despatch_processed', { description: 'Orders processed' })
const refused = signals.createCounter('despatch_refused', { description: 'Process commands refused, by reason' })
const outcomes = signals.createCounter('despatch_outcomes', { description: 'What came of telling Amazon, by outcome' })

/** An order was processed. */
export const countProcessed = (): void => processed.add(1)

/** A process command was refused. */
export const countRefusal = (reason: string): void => refused.add(1, { reason })

/** Amazon was told of a parcel: accepted, refused, not_done or unknown. */
export const countOutcome = (outcome: string): void => outcomes.add(1, { outcome })
