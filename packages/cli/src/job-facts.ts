import type { BulkJob } from '@lockstep/contracts/generated/lockstep/channel/v1/bulk_service.ts'

import { facts, orDash } from './output.ts'
import { bulkJobShape } from './shapes/feeds.ts'

/** How a job stands, for people. */
export function jobFacts(job: BulkJob | undefined): string {
  const shape = bulkJobShape(job)
  // What a cancelled job skipped was not done.
  const skipped = shape.state === 'cancelled' ? 0 : shape.skipped
  const over = shape.accepted + shape.refused + skipped
  return facts([
    ['job', `${shape.id} (${shape.kind}) of ${shape.account_name}`],
    ['state', shape.detail === null ? shape.state : `${shape.state}: ${shape.detail}`],
    ['progress', `${String(over)} of ${String(shape.total)} (${percent(over, shape.total)})`],
    ['accepted', String(shape.accepted)],
    ['refused', String(shape.refused)],
    ['skipped', String(shape.skipped)],
    [
      'still to go',
      `${String(shape.waiting)} wait, ${String(shape.in_feed)} in a feed, ${String(shape.patching)} one by one`,
    ],
    ['quiet hours', orDash(shape.quiet_hours)],
    ['submitted', `${orDash(shape.submitted_at)} by ${shape.actor}`],
  ])
}

const percent = (part: number, whole: number): string =>
  `${String(whole === 0 ? 0 : Math.floor((100 * part) / whole))} %`
