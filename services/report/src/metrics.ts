import { meter } from '@lockstep/telemetry/metrics'

const signals = meter('report')
const reports = signals.createCounter('reports', { description: 'Reports that got to a state' })

/** A report got to a state: available, processed or failed. */
export const countReport = (state: string): void => reports.add(1, { state })
