import type { attributeLimits, CallNature } from '@lockstep/pacing/model-limits'
import { z } from 'zod'

import { type DescribedCall, jsonOf } from './call.ts'

type AttributeKind = keyof typeof attributeLimits

/** Attributes of an offer: their patches share no limit but the operation's. Everything else is product data. Source: SP-API, Listings Items rate page. */
const offerAttributes = new Set(['fulfillment_availability', 'purchasable_offer'])
const relationshipAttributes = new Set(['child_parent_sku_relationship', 'package_contains_sku'])

/** What a call is about, as far as Amazon's limits ask: read from its query and its body. A body that makes no sense has no nature. */
export function natureOf(call: Pick<DescribedCall, 'query' | 'body'> & { readonly operation: string }): CallNature {
  const preview = call.query.some(([name, value]) => name === 'mode' && value === 'VALIDATION_PREVIEW')
  if (call.operation === 'patchListingsItem') return { preview, attributes: attributesIn(call.body) }
  if (call.operation === 'createFeed') return { preview, ...feedTypeIn(call.body) }
  return { preview }
}

const PatchesShape = z.object({ patches: z.array(z.object({ path: z.string() })) })

function attributesIn(body: Uint8Array): AttributeKind[] {
  const read = PatchesShape.safeParse(jsonOf(body))
  const names = read.success ? read.data.patches.map(({ path }) => path.replace('/attributes/', '')) : []
  const kinds = names.flatMap((name): AttributeKind[] => {
    if (relationshipAttributes.has(name)) return ['relationships']
    return offerAttributes.has(name) ? [] : ['productData']
  })
  return [...new Set(kinds)]
}

function feedTypeIn(body: Uint8Array): { feedType?: string } {
  const read = z.object({ feedType: z.string() }).safeParse(jsonOf(body))
  return read.success ? { feedType: read.data.feedType } : {}
}
