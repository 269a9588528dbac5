import type { Clock } from '@lockstep/contracts/clock'
import type { Ids } from '@lockstep/contracts/ids'
import { failpoint } from '@lockstep/postgres/failpoint'
import type { Kysely, Transaction } from 'kysely'

import type { Despatch } from '../domain/despatch.ts'
import { holdReason, isShownAsShipped, type OrderOnAmazon } from '../domain/read-back.ts'
import { nextResend } from '../domain/retry-schedule.ts'
import { announce, type AuditLine, auditWords, type DespatchVerb } from '../events/despatch-events.ts'
import { countOutcome } from '../metrics.ts'
import type { AccountRead, ConfirmOutcome, ReadOutcome } from '../peers/peers.ts'
import type { DespatchDb } from '../store/database.ts'
import {
  changeDespatch,
  type DespatchChange,
  despatchedUnits,
  findDespatch,
  lockDespatch,
  noteAttempt,
} from '../store/despatches.ts'

/** What telling Amazon works with. */
export interface TellAmazonDeps {
  readonly db: Kysely<DespatchDb>
  readonly clock: Clock
  readonly ids: Ids
  /** A number from 0 up to 1, for spreading re-sends. */
  chance(): number
  readonly confirmAfterMs: number
  readonly snapshotMaxAgeMs: number
  /** Called after something was announced, so that it leaves at once. */
  readonly announced: () => void
  readAccount(accountId: string): Promise<AccountRead | undefined>
  confirmShipment(despatch: Despatch, signal: AbortSignal): Promise<ConfirmOutcome>
  readOrderOnAmazon(despatch: Despatch, signal: AbortSignal): Promise<ReadOutcome>
}

const ASK_AGAIN_MS = 60_000

/**
 * Takes a despatch one step further: sends it, or reads back whether Amazon shows it. Amazon's package reference makes a parcel unique, yet an
 * unknown outcome is always asked about before anything is sent again, so that a buyer is never told of two parcels.
 */
export async function tellAmazon(deps: TellAmazonDeps, despatchId: string, signal: AbortSignal): Promise<void> {
  const despatch = await findDespatch(deps.db, despatchId)
  if (!despatch || !['planned', 'failed', 'submitted'].includes(despatch.state)) return
  if (despatch.state === 'submitted') return readBack(deps, despatch, signal)
  const account = await deps.readAccount(despatch.accountId)
  if (!account?.enabled) {
    const note = account ? 'the account was disabled' : 'the account is gone'
    return finish(deps, despatch, {
      change: { state: 'rejected', nextAttemptAt: null },
      verb: 'rejected',
      audit: { text: auditWords.rejected, note },
    })
  }
  if (!(await isClearToSend(deps, despatch, signal))) return
  await send(deps, despatch, signal)
}

/** Asks Amazon first when the last outcome is unknown or the order's snapshot is old. False when it must not be sent now. */
async function isClearToSend(deps: TellAmazonDeps, despatch: Despatch, signal: AbortSignal): Promise<boolean> {
  const age = deps.clock.now().getTime() - despatch.snapshotAt.getTime()
  if (!despatch.sendingSince && age <= deps.snapshotMaxAgeMs) return true
  const read = await deps.readOrderOnAmazon(despatch, signal)
  if (read.kind === 'not_read') {
    await waitFor(deps, despatch, { detail: read.detail, at: read.retryAt })
    return false
  }
  if (await isShown(deps, despatch, read.order)) {
    await confirm(deps, despatch)
    return false
  }
  const reason = holdReason(read.order, despatch.releasedAt !== undefined)
  if (reason === undefined) return true
  await finish(deps, despatch, {
    change: { state: 'held', nextAttemptAt: null, sendingSince: null, error: reason },
    verb: 'failed',
    audit: { text: auditWords.held, note: reason },
  })
  return false
}

async function send(deps: TellAmazonDeps, despatch: Despatch, signal: AbortSignal): Promise<void> {
  const number = despatch.attempts + 1
  await deps.db.transaction().execute(async (tx) => {
    // Committed before the call leaves: whoever finds it set later knows that the outcome is unknown.
    await changeDespatch(tx, despatch.id, { attempts: number, sendingSince: deps.clock.now() })
    await noteAttempt(tx, { despatchId: despatch.id, number, outcome: 'sending', detail: '' })
  })
  failpoint('despatch.before-call')
  const outcome = await deps.confirmShipment(despatch, signal)
  failpoint('despatch.after-call')
  countOutcome(outcome.kind)
  await settle(deps, { ...despatch, attempts: number }, outcome)
  failpoint('despatch.after-outcome')
}

async function settle(deps: TellAmazonDeps, despatch: Despatch, outcome: ConfirmOutcome): Promise<void> {
  switch (outcome.kind) {
    case 'accepted':
      return finish(deps, despatch, {
        change: { state: 'submitted', nextAttemptAt: after(deps, deps.confirmAfterMs), sendingSince: null, error: '' },
        verb: 'submitted',
        audit: { text: auditWords.submitted, note: `parcel ${String(despatch.parcel)}, ${despatch.tracking}` },
        outcome: 'accepted',
      })
    case 'unknown':
      // sending_since stays set: the next step asks Amazon before it sends.
      return waitFor(deps, despatch, { detail: outcome.detail, at: after(deps, ASK_AGAIN_MS) })
    case 'not_done':
      if (!outcome.counts)
        return waitFor(deps, despatch, { detail: outcome.detail, at: outcome.retryAt, sendingSince: null })
      return fail(deps, despatch, { detail: outcome.detail, sendingSince: null })
    case 'refused':
      return fail(deps, despatch, {
        detail: outcome.detail,
        // Left set, the next step asks whether the parcel is there already.
        sendingSince: outcome.alreadyShipped ? deps.clock.now() : null,
      })
    default:
      return outcome satisfies never
  }
}

/** Not a failure of ours: the place is kept and nothing is counted. */
async function waitFor(
  deps: TellAmazonDeps,
  despatch: Despatch,
  wait: { detail: string; at: Date | undefined; sendingSince?: null },
): Promise<void> {
  const at = wait.at ?? after(deps, ASK_AGAIN_MS)
  await deps.db.transaction().execute(async (tx) => {
    await changeDespatch(tx, despatch.id, {
      nextAttemptAt: at,
      error: wait.detail,
      ...(wait.sendingSince === null && { sendingSince: null }),
    })
  })
}

async function fail(
  deps: TellAmazonDeps,
  despatch: Despatch,
  why: { detail: string; sendingSince: Date | null },
): Promise<void> {
  const failures = despatch.failures + 1
  const next = nextResend({
    failures,
    despatchedAt: despatch.despatchedAt,
    now: deps.clock.now(),
    chance: deps.chance(),
  })
  const note = next
    ? `${why.detail}; sent again at ${next.toISOString()}`
    : `${why.detail}; not sent again, 24 hours have passed`
  await finish(deps, despatch, {
    change: {
      state: 'failed',
      nextAttemptAt: next ?? null,
      sendingSince: why.sendingSince,
      error: why.detail,
      failures,
    },
    verb: 'failed',
    audit: { text: auditWords.failed, note },
    outcome: 'failed',
  })
}

/** Reads the order back after Amazon took the despatch, until Amazon shows it. */
async function readBack(deps: TellAmazonDeps, despatch: Despatch, signal: AbortSignal): Promise<void> {
  const read = await deps.readOrderOnAmazon(despatch, signal)
  if (read.kind === 'not_read') return waitFor(deps, despatch, { detail: read.detail, at: read.retryAt })
  if (await isShown(deps, despatch, read.order)) return confirm(deps, despatch)
  const overdue = 'Amazon took the despatch but does not show the order as shipped'
  const next = nextResend({
    failures: 5,
    despatchedAt: despatch.despatchedAt,
    now: deps.clock.now(),
    chance: deps.chance(),
  })
  if (next) return waitFor(deps, despatch, { detail: overdue, at: after(deps, deps.confirmAfterMs) })
  return fail(deps, despatch, { detail: overdue, sendingSince: null })
}

async function isShown(deps: TellAmazonDeps, despatch: Despatch, order: OrderOnAmazon): Promise<boolean> {
  const byOrderLine = await despatchedUnits(deps.db, despatch.orderId)
  const byChannelLine = new Map(
    despatch.lines.map((line) => [line.channelLineId, byOrderLine.get(line.orderLineId) ?? line.quantity]),
  )
  const shownAsPackage = order.packageReferences.includes(String(despatch.parcel))
  return shownAsPackage || isShownAsShipped(despatch, byChannelLine, order.fulfilled)
}

async function confirm(deps: TellAmazonDeps, despatch: Despatch): Promise<void> {
  await finish(deps, despatch, { ...confirmation, outcome: 'confirmed' })
}

/** What changes when Amazon shows a despatch. */
export const confirmation = {
  change: { state: 'confirmed', nextAttemptAt: null, sendingSince: null, error: '' },
  verb: 'confirmed',
  audit: { text: auditWords.confirmed, note: '' },
} as const

interface Step {
  readonly change: DespatchChange
  readonly verb: DespatchVerb
  readonly audit: AuditLine
  readonly outcome?: string
}

/** Writes a step and announces it, unless somebody else has ended the story meanwhile. */
async function finish(deps: TellAmazonDeps, despatch: Despatch, step: Step): Promise<void> {
  await deps.db.transaction().execute(async (tx) => {
    const now = await lockDespatch(tx, despatch.id)
    if (now.state === 'confirmed') return
    await takeStep(tx, deps, { despatch: now, step })
  })
  deps.announced()
}

/** Writes a step of a locked despatch and announces it. */
export async function takeStep(
  tx: Transaction<DespatchDb>,
  deps: Pick<TellAmazonDeps, 'clock' | 'ids'>,
  { despatch, step }: { despatch: Despatch; step: Step },
): Promise<void> {
  await changeDespatch(tx, despatch.id, step.change)
  if (step.outcome)
    await noteAttempt(tx, {
      despatchId: despatch.id,
      number: despatch.attempts,
      outcome: step.outcome,
      detail: step.audit.note,
    })
  const after = await lockDespatch(tx, despatch.id)
  const audit = { ...step.audit, oldValue: despatch.state, newValue: after.state }
  await announce(tx, deps.ids, { verb: step.verb, despatch: after, audit, at: deps.clock.now() })
}

const after = ({ clock }: TellAmazonDeps, waitMs: number): Date => new Date(clock.now().getTime() + waitMs)
