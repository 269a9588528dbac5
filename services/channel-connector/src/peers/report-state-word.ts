import { ReportState } from '@lockstep/contracts/generated/lockstep/report/v1/report_service.ts'
import type { ReportStateWord } from '../domain/report-state.ts'

/** The word that users know a report's state by; undefined for a state that is not known here. */
export function reportStateWord(state: ReportState): ReportStateWord | undefined {
  switch (state) {
    case ReportState.SUBMITTED:
      return 'Submitted'
    case ReportState.AVAILABLE:
      return 'Available'
    case ReportState.PROCESSED:
      return 'Processed'
    case ReportState.FAILED:
      return 'Failed'
    case ReportState.UNSPECIFIED:
    case ReportState.UNRECOGNIZED:
      return undefined
    default:
      return state satisfies never
  }
}
