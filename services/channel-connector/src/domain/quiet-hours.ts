/** The part of a day in which bulk work may begin: minutes since midnight in the marketplace's zone. It may run past midnight. */
export interface QuietHours {
  from: number
  until: number
}

const clock = /^(?<fromHour>[01]\d|2[0-3]):(?<fromMinute>[0-5]\d)-(?<untilHour>[01]\d|2[0-3]):(?<untilMinute>[0-5]\d)$/

/** Reads hours such as 22:00-06:00; undefined for anything else, and for hours without length. */
export function readQuietHours(text: string): QuietHours | undefined {
  const parts = clock.exec(text)?.groups
  if (!parts) return undefined
  const from = Number(parts['fromHour']) * 60 + Number(parts['fromMinute'])
  const until = Number(parts['untilHour']) * 60 + Number(parts['untilMinute'])
  return from === until ? undefined : { from, until }
}

/** As readQuietHours reads them. */
export function quietHoursText({ from, until }: QuietHours): string {
  return `${clockText(from)}-${clockText(until)}`
}

function clockText(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
}
