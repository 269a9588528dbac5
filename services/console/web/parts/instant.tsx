import { clockText, dayAndClockText, fullText } from './instant-text.ts'

/** An instant in the viewer's zone, with the UTC instant on hover. `today` shows only the time while it is today; `day` always shows the day. */
export function Instant({ at, show = 'today' }: { at: string | null; show?: 'today' | 'day' }) {
  if (at === null) return <span title="not yet">–</span>
  const date = new Date(at)
  return (
    <time dateTime={at} title={fullText(date)}>
      {show === 'today' ? clockText(date, new Date()) : dayAndClockText(date)}
    </time>
  )
}
