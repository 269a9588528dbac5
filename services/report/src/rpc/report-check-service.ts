import {
  type CheckReportRequest,
  type CheckReportResponse,
  ReportCheckServiceService,
} from '@lockstep/contracts/generated/lockstep/report/v1/report_check_service.ts'
import { unary } from '@lockstep/rpc/handler'
import { type ServiceBinding, serviceBinding } from '@lockstep/rpc/server'
import type { Kysely } from 'kysely'

import type { ReportDb } from '../store/database.ts'
import { makeReportDue } from '../store/reports.ts'

/** What the handler works with. */
export interface CheckDeps {
  readonly db: Kysely<ReportDb>
  /** Wakes the loop that looks at reports. */
  readonly requested: () => void
}

/** Reports that are looked at out of turn. */
export function reportCheckServiceBinding(deps: CheckDeps): ServiceBinding {
  return serviceBinding(ReportCheckServiceService, {
    checkReport: unary((request) => handleCheckReport(deps, request)),
  })
}

async function handleCheckReport(deps: CheckDeps, request: CheckReportRequest): Promise<CheckReportResponse> {
  const { channelReportId, accountIds } = request
  if (channelReportId === '' || accountIds.length === 0) return { isKnown: false }
  const isKnown = await makeReportDue(deps.db, { channelReportId, accountIds: accountIds.slice(0, 100) })
  if (isKnown) deps.requested()
  return { isKnown }
}
