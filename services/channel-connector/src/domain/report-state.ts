/** How a report stands, in the words that users know. */
export type ReportStateWord = 'Submitted' | 'Available' | 'Processed' | 'Failed'

/** The report that a channel's listings come from. */
export const listingsReportType = 'GET_MERCHANT_LISTINGS_ALL_DATA'

/** What a user is told who asked for a fresh report. */
export function refreshMessage(state: ReportStateWord, isUnderWay: boolean): string {
  if (state === 'Processed') return 'The report is processed: the listings are up to date.'
  if (state === 'Failed') return 'Amazon did not make the report: ask again, or look at lockstep reports status.'
  const start = isUnderWay ? 'A report is under way already' : 'The report is scheduled by Amazon but not ready yet'
  return `${start}. Amazon usually takes 10 to 15 minutes; come back later, nothing needs to stay open.`
}
