const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
})
const dayAndMinute = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
})
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
})

/** The time of day; with the day when it is not `today`'s. */
export function clockText(date: Date, today: Date): string {
  return date.toDateString() === today.toDateString() ? clock.format(date) : dayAndMinute.format(date)
}

/** Day, month, year and time. */
export const dayAndClockText = (date: Date): string => dayAndClock.format(date)

/** The UTC instant, for whoever compares it with a log. */
export const fullText = (date: Date): string => `${date.toISOString().replace('T', ' ').replace('Z', '')} UTC`
