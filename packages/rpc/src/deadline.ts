/** Deadlines of the calls that are being answered, by the signal that their handlers were given. */
const deadlines = new WeakMap<AbortSignal, Date>()

/** Notes until when the caller waits for what a signal belongs to. */
export function setDeadline(signal: AbortSignal, deadline: Date): void {
  deadlines.set(signal, deadline)
}

/** The end of the time that a call may take: its own timeout, or earlier when whoever waits for it gives up earlier. */
export function deadlineWithin(timeoutMs: number, signal: AbortSignal | undefined): Date {
  const own = new Date(Date.now() + timeoutMs)
  const given = signal && deadlines.get(signal)
  return given && given < own ? given : own
}
