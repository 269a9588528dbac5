import { z } from 'zod'

import { jsonOf } from './call.ts'

// Source of every shape here: SP-API, JSON_LISTINGS_FEED, listings feed processing report schema v2.

/** A message of a feed, as it was sent. */
export interface SentMessage {
  readonly messageId: number
  readonly sku: string
}

/** What became of one message. */
export type MessageOutcome =
  /** Amazon has taken it over; whether it is in effect, only a read of the listing tells. */
  | { readonly kind: 'accepted'; readonly warning: string | null }
  /** Amazon refuses it, with the words it gives. */
  | { readonly kind: 'refused'; readonly issue: string }
  /** The report does not account for it: not a success. Read the listing back. */
  | { readonly kind: 'missing' }

/** What a processing report says. */
export type FeedReport =
  | {
      readonly kind: 'read'
      /** Every message that was sent, by its id. */
      readonly outcomes: ReadonlyMap<number, MessageOutcome>
      readonly accepted: number
      readonly refused: number
      readonly missing: number
    }
  /** Not one message was looked at: the feed itself is wrong, and every other feed built like it. */
  | { readonly kind: 'rejected'; readonly detail: string }
  /** No such report, or one that was cut short. */
  | { readonly kind: 'unreadable' }

const id = z.union([z.number(), z.string().regex(/^\d+$/).transform(Number)])
const IssueShape = z.object({
  messageId: id.nullish().catch(null),
  sku: z.string().nullish().catch(null),
  code: z.coerce.string().nullish().catch(null),
  severity: z.string().nullish().catch(null),
  message: z.string().nullish().catch(null),
})
const count = z.number().int().min(0)
const ReportShape = z.object({
  issues: z.array(IssueShape).nullish(),
  summary: z.object({ messagesProcessed: count, messagesAccepted: count, messagesInvalid: count }),
})

type Issue = z.output<typeof IssueShape>
type Report = z.output<typeof ReportShape>

/**
 * [T-56] Reads what became of each message. A report names only messages with issues; the others count as accepted only when its own sums account for
 * all of them. Where the sums do not, nobody can say which of the silent ones is lacking, and each is missing. Never throws.
 */
export function readProcessingReport(body: Uint8Array, sent: readonly SentMessage[]): FeedReport {
  const read = ReportShape.safeParse(jsonOf(body))
  if (!read.success) return { kind: 'unreadable' }
  const report = read.data
  if (report.summary.messagesProcessed === 0 && sent.length > 0) {
    return { kind: 'rejected', detail: wordsOf(report.issues ?? []) ?? 'Amazon names no issue' }
  }
  return accountFor(report, sent)
}

function accountFor(report: Report, sent: readonly SentMessage[]): FeedReport {
  const issues = issuesByMessage(report.issues ?? [], sent)
  const refusedCount = sent.filter(({ messageId }) => errorsOf(issues.get(messageId)).length > 0).length
  const { messagesProcessed, messagesAccepted } = report.summary
  const isBalanced = messagesProcessed >= sent.length && messagesAccepted >= sent.length - refusedCount
  const outcomes = new Map<number, MessageOutcome>()
  const counts = { accepted: 0, refused: 0, missing: 0 }
  for (const { messageId } of sent) {
    const outcome = outcomeOf(issues.get(messageId) ?? [], isBalanced)
    outcomes.set(messageId, outcome)
    counts[outcome.kind] += 1
  }
  return { kind: 'read', outcomes, ...counts }
}

function outcomeOf(issues: readonly Issue[], isBalanced: boolean): MessageOutcome {
  const errors = errorsOf(issues)
  if (errors.length > 0) return { kind: 'refused', issue: wordsOf(errors) ?? 'Amazon names no issue' }
  return isBalanced ? { kind: 'accepted', warning: wordsOf(issues) } : { kind: 'missing' }
}

/** By message id; an issue that has lost its id is found by its SKU, which has one message in a feed. */
function issuesByMessage(issues: readonly Issue[], sent: readonly SentMessage[]): Map<number, Issue[]> {
  const bySku = new Map(sent.map(({ messageId, sku }) => [sku, messageId]))
  const found = new Map<number, Issue[]>()
  for (const issue of issues) {
    const messageId = issue.messageId ?? (issue.sku ? bySku.get(issue.sku) : undefined)
    if (messageId === undefined) continue
    const known = found.get(messageId)
    if (known) known.push(issue)
    else found.set(messageId, [issue])
  }
  return found
}

/** A severity that nobody knows is taken for an error: better read back once too often. */
function errorsOf(issues: readonly Issue[] | undefined): Issue[] {
  return (issues ?? []).filter(({ severity }) => severity !== 'WARNING' && severity !== 'INFO')
}

function wordsOf(issues: readonly Issue[]): string | null {
  const words = issues
    .map(({ code, message }) => [code, message].filter(Boolean).join(': '))
    .filter((text) => text !== '')
  return words.join('; ').slice(0, 1_000) || null
}
