/** A daily time of low sales, as a wall clock shows it there. `fromMinute` after `toMinute` spans midnight; equal is the whole day. */
export type QuietHours = {
  /** Minute of the day, 0 to 1,439. */
  fromMinute: number
  toMinute: number
  /** IANA name, such as Europe/London. */
  timeZone: string
}

/** A stretch of time, epoch milliseconds; `endsAt` is not in it. */
export type Window = { startsAt: number; endsAt: number }

const dayMs = 86_400_000
const minuteMs = 60_000

/**
 * The quiet window that `now` is in, else the next one. A wall time that a change of the clocks repeats counts so that the window is
 * the shorter one; one that it skips is the moment of the change.
 */
export function quietWindow({ fromMinute, toMinute, timeZone }: QuietHours, now: number): Window {
  if (fromMinute === toMinute) return { startsAt: -Infinity, endsAt: Infinity }
  const spansMidnight = fromMinute > toMinute
  const today = dayOf(now, timeZone)
  const windows = [-1, 0, 1, 2].map((days) => {
    const starts = wallTimes(today + days * dayMs + fromMinute * minuteMs, timeZone)
    const ends = wallTimes(today + (days + (spansMidnight ? 1 : 0)) * dayMs + toMinute * minuteMs, timeZone)
    return { startsAt: Math.max(...starts), endsAt: Math.min(...ends) }
  })
  const next = windows.find(({ startsAt, endsAt }) => endsAt > now && endsAt > startsAt)
  if (!next) throw new Error(`no quiet window near ${now} for ${fromMinute}–${toMinute} in ${timeZone}`)
  return next
}

/** Midnight of the local date, written as if it were UTC. */
function dayOf(instant: number, timeZone: string): number {
  return Math.floor((instant + offsetMs(instant, timeZone)) / dayMs) * dayMs
}

/** The instants at which a clock there shows this wall time (written as if it were UTC): one, or two when it is repeated. */
function wallTimes(wall: number, timeZone: string): number[] {
  const candidates = [wall - dayMs, wall + dayMs].map((around) => wall - offsetMs(around, timeZone))
  const shown = candidates.filter((instant) => instant + offsetMs(instant, timeZone) === wall)
  return shown.length > 0 ? shown : [changeBetween(Math.min(...candidates), Math.max(...candidates), timeZone)]
}

/** The moment between the two at which the clocks change. */
function changeBetween(from: number, to: number, timeZone: string): number {
  const before = offsetMs(from, timeZone)
  let low = from
  let high = to
  while (high - low > 1_000) {
    const middle = Math.floor((low + high) / 2)
    if (offsetMs(middle, timeZone) === before) low = middle
    else high = middle
  }
  return Math.round(high / 1_000) * 1_000
}

const formats = new Map<string, Intl.DateTimeFormat>()

function offsetMs(instant: number, timeZone: string): number {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  formats.set(timeZone, format)
  const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]))
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instant / 1_000) * 1_000
}
