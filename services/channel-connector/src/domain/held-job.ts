import type { ShutOut } from './explain-now.ts'

/** Why a bulk job that runs stands still although nobody paused it, and what ends that; undefined while Amazon takes what is sent. */
export function heldJobWords(shutOut: ShutOut | null, accountName: string): string | undefined {
  switch (shutOut) {
    case 'DENIED':
      return `waits: Amazon denies the calls by which listings are changed; what to grant: lockstep diagnose ${accountName}`
    case 'REAUTHORISE':
      return `waits: the seller's authorisation is gone; lockstep accounts authorise ${accountName}`
    case 'APPLICATION_REFUSED':
      return `waits: Amazon does not let the application in; what to mend: lockstep diagnose ${accountName}`
    case null:
      return undefined
    default:
      return shutOut satisfies never
  }
}
