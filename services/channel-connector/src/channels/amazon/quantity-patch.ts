import { z } from 'zod'

import type { AmazonCall } from '../../commands/call-amazon.ts'

/** A number on its way to one SKU. */
export interface QuantityPatch {
  sellerId: string
  channelSku: string
  /** The marketplace that the request names; the number holds for all of them. */
  marketplaceId: string
  productType: string
  quantity: number
  leadTimeDays: number | null
  /** `merge` leaves what is not named as it is; `replace` clears the lead time. */
  op: 'merge' | 'replace'
}

/** The part of a call that says what it is for. */
export type DescribedCall = Pick<AmazonCall, 'operation' | 'path' | 'query' | 'body'>

/** Source: Listings Items 2021-08-01, patchListingsItem; the attribute fulfillment_availability of the listings schema. */
export function patchQuantity(patch: QuantityPatch): DescribedCall {
  const availability = {
    fulfillment_channel_code: 'DEFAULT',
    quantity: patch.quantity,
    ...(patch.leadTimeDays === null ? {} : { lead_time_to_ship_max_days: patch.leadTimeDays }),
  }
  const body = {
    productType: patch.productType,
    patches: [{ op: patch.op, path: '/attributes/fulfillment_availability', value: [availability] }],
  }
  return {
    operation: 'patchListingsItem',
    path: { sellerId: patch.sellerId, sku: patch.channelSku },
    query: [
      ['marketplaceIds', patch.marketplaceId],
      ['includedData', 'issues'],
    ],
    body: Buffer.from(JSON.stringify(body)),
  }
}

/** What Amazon made of a patch that it answered with 200. */
export type PatchResult =
  | { kind: 'accepted'; submissionId: string | null }
  | { kind: 'invalid'; issue: string }
  | { kind: 'unreadable' }

const Issue = z.object({ code: z.string(), message: z.string().nullish(), severity: z.string().nullish() })
const Submission = z.object({
  status: z.string(),
  submissionId: z.string().nullish(),
  issues: z.array(Issue).nullish(),
})

/** A 200 may still say INVALID: then nothing was taken, and the same data will be refused again. */
export function readPatchResult(body: Uint8Array): PatchResult {
  const read = Submission.safeParse(jsonOf(body))
  if (!read.success) return { kind: 'unreadable' }
  const { status, submissionId, issues } = read.data
  if (status === 'ACCEPTED') return { kind: 'accepted', submissionId: submissionId ?? null }
  if (status !== 'INVALID') return { kind: 'unreadable' }
  const errors = (issues ?? []).filter((issue) => issue.severity === 'ERROR')
  const words = (errors.length > 0 ? errors : (issues ?? [])).map((issue) => `${issue.code}: ${issue.message ?? ''}`)
  return { kind: 'invalid', issue: words.join('; ').slice(0, 1000) || 'Amazon names no issue' }
}

function jsonOf(body: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(body).toString('utf8'))
  } catch {
    return undefined
  }
}
