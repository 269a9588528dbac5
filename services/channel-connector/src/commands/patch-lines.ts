import { failpoint } from '@lockstep/postgres/failpoint'
import { backoffMs } from '@lockstep/postgres/wakeup'
import { readOffers, readOffersCall, type SubmittedOffer } from '@lockstep/sp-api/listing-texts'
import { patchListingCall, readSubmission } from '@lockstep/sp-api/listings'
import { findMarketplace } from '@lockstep/sp-api/marketplaces'
import type { Kysely } from 'kysely'

import type { AmazonReply } from '../domain/amazon-reply.ts'
import type { BulkChange } from '../domain/bulk-change.ts'
import { decimal, listingChanges } from '../domain/listing-changes.ts'
import type { ChannelDb } from '../store/database.ts'
import {
  beginPatch,
  endPatchCall,
  findPatchContext,
  listPatchLines,
  type PatchContext,
  type PatchEnd,
  type PatchLine,
  savePatchEnd,
  saveReadBack,
} from '../store/patch-lines.ts'
import { pauseMsAfter, turnedAway } from './feed-work.ts'
import type { CallAmazon } from './read-live.ts'

/** What patching works with. */
export interface PatchDeps {
  db: Kysely<ChannelDb>
  callAmazon: CallAmazon
}

const sideBySide = 8
const readAtOnce = 20
const tokenWaitMs = 20_000
/** How long a call may be under way: it waits for its token, then for its answer. */
const callLeaseMs = tokenWaitMs + 15_000
/** A patch that got no answer this often is given up. */
const mostTries = 20
const standstillMs = 15_000

/**
 * Patches lines of a job until none is due; answers when the next one is. Values are absolute: a patch without an answer is made again, and the last
 * one counts. A line is looked up again just before its call, because a newer job may have taken its place.
 */
export async function patchLines(deps: PatchDeps, jobId: string, signal: AbortSignal): Promise<Date | null> {
  for (;;) {
    signal.throwIfAborted()
    const context = await findPatchContext(deps.db, jobId)
    const { lines, nextAt, now } = await listPatchLines(deps.db, jobId, readAtOnce)
    if (!context) return nextAt === null ? null : new Date(now.getTime() + standstillMs)
    if (lines.length === 0) return nextAt
    const toRead = lines.filter((line) => line.readBack)
    if (toRead.length > 0) await readBack(deps, context, { lines: toRead, signal })
    const begunMs = performance.now()
    const rest = await patchAll(deps, context, { lines: lines.filter((line) => !line.readBack), signal })
    failpoint('bulk:after-patches')
    if (rest > 0) return new Date(now.getTime() + (performance.now() - begunMs) + rest)
  }
}

/** Patches some at a time; answers for how long the job has to rest because Amazon turns its calls away. */
async function patchAll(
  deps: PatchDeps,
  context: PatchContext,
  { lines, signal }: { lines: readonly PatchLine[]; signal: AbortSignal },
): Promise<number> {
  const left = [...lines]
  let restMs = 0
  const work = async (): Promise<void> => {
    for (let line = left.shift(); line && restMs === 0; line = left.shift()) {
      const reply = await patchOne(deps, context, { line, signal })
      if (reply && turnedAway.has(reply.outcome)) restMs = pauseMsAfter(reply)
    }
  }
  await Promise.all(Array.from({ length: sideBySide }, work))
  return restMs
}

async function patchOne(
  deps: PatchDeps,
  context: PatchContext,
  { line, signal }: { line: PatchLine; signal: AbortSignal },
): Promise<AmazonReply | undefined> {
  const { jobId, sellerId, marketplaceId, connectionId, kind } = context
  const { channelSku: sku, productType } = line
  const place = { jobId, line: line.line }
  const begun = await beginPatch(deps.db, place, callLeaseMs)
  if (!begun) return undefined
  const changes = listingChanges(begun.change, marketplaceId)
  failpoint('bulk:before-patch')
  const reply = await deps.callAmazon({
    ...patchListingCall({ sellerId, sku, marketplaceId, productType, changes }),
    connectionId,
    lane: kind,
    waitedMs: line.waitedMs,
    notAfter: new Date(Date.now() + tokenWaitMs),
    signal,
  })
  failpoint('bulk:after-patch')
  await savePatchEnd(deps.db, place, endOf(reply, begun.tries))
  if (!mayStillLand.has(reply.outcome)) await endPatchCall(deps.db, place, begun)
  return reply
}

/** Amazon gave no answer of its own: what was sent may be done all the same. */
const mayStillLand: ReadonlySet<AmazonReply['outcome']> = new Set<AmazonReply['outcome']>(['unknown', 'outage'])

function endOf(reply: AmazonReply, tries: number): PatchEnd {
  switch (reply.outcome) {
    case 'accepted': {
      const submission = readSubmission(reply.body)
      if (submission?.kind === 'accepted') return submission
      return submission ? { kind: 'refused', issue: submission.issue } : unanswered(tries)
    }
    case 'invalid_data':
    case 'not_found':
      return { kind: 'refused', issue: reply.detail }
    case 'unknown':
    case 'outage':
      return unanswered(tries)
    case 'throttled':
    case 'not_sent':
    case 'denied':
    case 'authorisation_revoked':
    case 'application_credentials':
    case 'wrong_region':
      return { kind: 'again', afterMs: pauseMsAfter(reply), counts: false }
    default:
      return reply.outcome satisfies never
  }
}

function unanswered(tries: number): PatchEnd {
  if (tries + 1 >= mostTries) return { kind: 'refused', issue: `Amazon gave no answer ${mostTries} times` }
  return { kind: 'again', afterMs: backoffMs(tries + 1), counts: true }
}

/** What a failed feed may have done is looked up: only what Amazon shows otherwise is sent again. */
async function readBack(
  deps: PatchDeps,
  { jobId, connectionId, sellerId, marketplaceId }: PatchContext,
  { lines, signal }: { lines: readonly PatchLine[]; signal: AbortSignal },
): Promise<void> {
  const readable = lines.filter(({ channelSku }) => !channelSku.includes(','))
  const skus = readable.map(({ channelSku }) => channelSku)
  const call = readOffersCall({ sellerId, skus, marketplaceId })
  const notAfter = new Date(Date.now() + tokenWaitMs)
  const reply =
    skus.length === 0 ? undefined : await deps.callAmazon({ ...call, connectionId, lane: 'sweep', notAfter, signal })
  const offers = reply?.outcome === 'accepted' ? readOffers(reply.body, marketplaceId) : []
  const shown = new Map((offers ?? []).map((offer) => [offer.sku, offer]))
  const digits = findMarketplace(marketplaceId)?.currencyDigits ?? 2
  const isSame = ({ channelSku, change }: PatchLine): boolean => shows(shown.get(channelSku), change, digits)
  await saveReadBack(deps.db, jobId, {
    same: lines.filter(isSame).map(({ line }) => line),
    other: lines.filter((line) => !isSame(line)).map(({ line }) => line),
  })
}

function shows(offer: SubmittedOffer | undefined, change: BulkChange, digits: number): boolean {
  if (!offer) return false
  const { title, description, price } = change
  return (
    (title === undefined || title === offer.title) &&
    (description === undefined || description === offer.description) &&
    (price === undefined || Number(decimal(price.minor, digits)) === offer.price)
  )
}
