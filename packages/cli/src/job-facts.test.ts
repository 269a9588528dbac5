import { expect, test } from '@jest/globals'
import { BulkJob } from '@lockstep/contracts/generated/lockstep/channel/v1/bulk_service.ts'

import { jobFacts } from './job-facts.ts'

test('what a cancelled job skipped is not progress; what a job that ran on skipped is', () => {
  const job = BulkJob.create({ id: 'job_1', total: 400, accepted: 40, skipped: 360 })

  expect(jobFacts({ ...job, state: 'cancelled' })).toMatch(/progress +40 of 400 \(10 %\)/)
  expect(jobFacts({ ...job, state: 'done' })).toMatch(/progress +400 of 400 \(100 %\)/)
})
