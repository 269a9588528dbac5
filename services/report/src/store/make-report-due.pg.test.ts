import { expect, test } from '@jest/globals'

import { openStage, requested } from '../../test/report-stage.ts'
import { findReport, makeReportDue } from './reports.ts'

test('[R12] a report that is waited for is looked at now when it is heard of; one of another seller, or of nobody, is not', async () => {
  await using stage = await openStage()
  const id = await requested(stage)
  await stage.advance(id)
  const before = await findReport(stage.db, id)
  const channelReportId = before?.channelReportId ?? ''

  expect(channelReportId).not.toBe('')
  expect(await makeReportDue(stage.db, { channelReportId, accountIds: ['acc_2'] })).toBe(false)
  expect(await makeReportDue(stage.db, { channelReportId: 'none', accountIds: ['acc_1'] })).toBe(false)
  expect((await findReport(stage.db, id))?.nextCheckAt).toEqual(before?.nextCheckAt)

  expect(await makeReportDue(stage.db, { channelReportId, accountIds: ['acc_1'] })).toBe(true)
  expect((await findReport(stage.db, id))?.nextCheckAt?.getTime()).toBeLessThanOrEqual(Date.now() + 1_000)
})
