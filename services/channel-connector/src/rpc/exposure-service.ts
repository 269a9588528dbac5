import {
  type Exposure,
  ExposureServiceService,
  type ListExposureRequest,
  type ListExposureResponse,
} from '@lockstep/contracts/generated/lockstep/channel/v1/exposure_service.ts'
import { unary } from '@lockstep/rpc/handler'
import { type ServiceBinding, serviceBinding } from '@lockstep/rpc/server'
import type { Kysely } from 'kysely'

import { refusal } from '../commands/refuse.ts'
import { type ExposedListing, listExposure } from '../queries/list-exposure.ts'
import type { ChannelDb } from '../store/database.ts'
import { readPage } from './page.ts'

/** What can be oversold, over gRPC. */
export interface ExposureDeps {
  db: Kysely<ChannelDb>
  watchReadsPerMinute: number
}

export function exposureServiceBinding(deps: ExposureDeps): ServiceBinding {
  return serviceBinding(ExposureServiceService, {
    listExposure: unary((request: ListExposureRequest) => handleListExposure(deps, request)),
  })
}

async function handleListExposure(
  { db, watchReadsPerMinute }: ExposureDeps,
  { account, page }: ListExposureRequest,
): Promise<ListExposureResponse> {
  const { limit, after } = readPage(page)
  const offset = offsetOf(after)
  const report = await listExposure(db, { account, limit, offset })
  const isMore = report.listings.length > limit
  return {
    at: new Date(report.at),
    exposures: report.listings.slice(0, limit).map(exposureMessage),
    nextPageToken: isMore ? Buffer.from(String(offset + limit), 'utf8').toString('base64url') : '',
    watches: report.watches.map(({ reads, ...watch }) => ({
      ...watch,
      reads: BigInt(reads),
      readsPerMinute: watchReadsPerMinute,
    })),
  }
}

const deepest = 100_000

/** The figures move, so a page is where it stands in the list and not behind a key. */
function offsetOf(after: string | null): number {
  if (after === null) return 0
  const offset = Number(after)
  if (Number.isInteger(offset) && offset >= 0 && offset <= deepest) return offset
  throw refusal('PAGE_INVALID', { message: 'the page token is not one of ours', field: 'page.token', value: after })
}

function exposureMessage(one: ExposedListing): Exposure {
  const { listingId, accountId, marketplace, channelSku, itemId, itemSku, unitsPerHour } = one
  return {
    listingId,
    accountId,
    marketplace,
    channelSku,
    itemId,
    itemSku,
    unitsAtRisk: one.unitsAtRisk ?? 0,
    unitsPerHour,
    stalenessSeconds: one.stalenessMs / 1000,
    live: one.live === null ? undefined : BigInt(one.live),
    readAt: one.readAt === null ? undefined : new Date(one.readAt),
    available: one.available === null ? undefined : BigInt(one.available),
    offered: BigInt(one.offered),
    held: BigInt(one.held),
    watchedAt: one.watchedAt === null ? undefined : new Date(one.watchedAt),
    gate: one.gate ?? '',
  }
}
