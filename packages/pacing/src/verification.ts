import { consider, markDue } from './consider.ts'
import type { Draft } from './group-events.ts'
import type { GroupState } from './group-state.ts'
import { TIMINGS } from './group-timings.ts'
import { isCovered } from './sights.ts'

/** Reads back an accepted write when a read is due; one that never shows is sent again once, then flagged. */
export function verify(draft: Draft, now: number): void {
  const { state } = draft
  const { verification, accepted } = state
  if (!verification || !accepted || verification.nextAt === null || now < verification.nextAt) return
  if (verification.next <= TIMINGS.verifyAfterMs.length) {
    draft.actions.push({ kind: 'read', lane: 'verification', by: now + TIMINGS.guardWaitMs })
    state.verification = { ...verification, ...laterStep(accepted.since, { from: verification.next, now }) }
    return
  }
  if (awaitsPoll(state)) {
    state.verification = { ...verification, nextAt: now + TIMINGS.verdictGraceMs }
    return
  }
  if (verification.resent) return giveUp(draft)
  state.verification = { ...verification, nextAt: null }
  state.mustSend = true
  if (!state.due) markDue(state, { kind: 'not_seen', reference: String(accepted.version) }, now)
  consider(draft, now)
}

/** The next read time that is still ahead; after the last one, the moment of the verdict. */
function laterStep(since: number, { from, now }: { from: number; now: number }): { next: number; nextAt: number } {
  const next = TIMINGS.verifyAfterMs.findIndex((after, i) => i >= from && since + after > now)
  const after = TIMINGS.verifyAfterMs[next]
  if (after !== undefined) return { next: next + 1, nextAt: since + after }
  return { next: TIMINGS.verifyAfterMs.length + 1, nextAt: now + TIMINGS.verdictGraceMs }
}

/** A level below what we wrote, and not the one from before it, may be a sale in flight: only a poll past the read can tell. */
function awaitsPoll(state: GroupState): boolean {
  const { live, accepted } = state
  if (!live || !accepted || live.readAt < accepted.at || live.quantity >= accepted.quantity) return false
  if (state.sighting === null && state.older.length > 0) return false
  return !isCovered(state, live.readAt)
}

function giveUp(draft: Draft): void {
  const { state } = draft
  if (!state.verification || !state.accepted) return
  state.verification = { ...state.verification, nextAt: null, failed: true }
  const detail = `${state.accepted.quantity} was accepted twice and never showed on Amazon`
  draft.actions.push({ kind: 'finding', code: 'UNVERIFIED', detail })
}
