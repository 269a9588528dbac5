import {
  type Conflict,
  ConflictServiceService,
  type ListConflictsRequest,
  type ListConflictsResponse,
  type ListRemediesRequest,
  type ListRemediesResponse,
} from '@lockstep/contracts/generated/lockstep/channel/v1/conflict_service.ts'
import { unary } from '@lockstep/rpc/handler'
import { type ServiceBinding, serviceBinding } from '@lockstep/rpc/server'
import type { Kysely } from 'kysely'

import { listConflicts, listRemedies, type SkuConflict } from '../queries/list-conflicts.ts'
import type { ConflictMember } from '../domain/sku-conflict.ts'
import type { ConflictKey } from '../store/conflicts.ts'
import type { ChannelDb } from '../store/database.ts'
import { cutPage, readPage, refuseToken } from './page.ts'

/** What accounts of one seller disagree about, over gRPC. */
export function conflictServiceBinding(deps: { db: Kysely<ChannelDb> }): ServiceBinding {
  return serviceBinding(ConflictServiceService, {
    listConflicts: unary((request: ListConflictsRequest) => handleListConflicts(deps, request)),
    listRemedies: unary((request: ListRemediesRequest) => handleListRemedies(deps, request)),
  })
}

async function handleListConflicts(
  { db }: { db: Kysely<ChannelDb> },
  { account, page: asked }: ListConflictsRequest,
): Promise<ListConflictsResponse> {
  const { limit, after } = readPage(asked)
  const { conflicts, total } = await listConflicts(db, { account, after: placeOf(after), limit: limit + 1 })
  const page = cutPage(conflicts, limit, tokenOf)
  return { conflicts: page.entries.map(conflictMessage), nextPageToken: page.nextPageToken, total }
}

async function handleListRemedies(
  { db }: { db: Kysely<ChannelDb> },
  { account, page: asked }: ListRemediesRequest,
): Promise<ListRemediesResponse> {
  const { limit, after } = readPage(asked)
  const shared = await listRemedies(db, { account, after: placeOf(after), limit: limit + 1 })
  const page = cutPage(shared, limit, ({ key }) => tokenOf(key))
  const remedies = page.entries.flatMap((entry) => entry.remedies)
  return {
    remedies: remedies.map(({ newChannelSku, itemSku, ...remedy }) => ({
      ...remedy,
      newChannelSku: newChannelSku ?? '',
      itemSku: itemSku ?? '',
    })),
    nextPageToken: page.nextPageToken,
  }
}

function tokenOf({ connectionId, channelSku }: ConflictKey): string {
  return `${connectionId} ${channelSku}`
}

/** Our ids hold no space; a SKU may. */
function placeOf(token: string | null): ConflictKey | null {
  if (token === null) return null
  const space = token.indexOf(' ')
  if (space < 0) throw refuseToken(token)
  return { connectionId: token.slice(0, space), channelSku: token.slice(space + 1) }
}

function conflictMessage(conflict: SkuConflict): Conflict {
  const { connectionId, sellerId, region, channelSku, kind, detail, policy, ownerAccountId, waits, withheld } = conflict
  return {
    connectionId,
    sellerId,
    region,
    channelSku,
    kind,
    detail,
    policy,
    ownerAccountId: ownerAccountId ?? '',
    number: conflict.number === null ? undefined : BigInt(conflict.number),
    waits,
    withheld,
    members: conflict.members.map(memberMessage),
  }
}

function memberMessage({ itemId, itemSku, desired, reason, ...member }: ConflictMember): Conflict['members'][number] {
  return {
    ...member,
    itemId: itemId ?? '',
    itemSku: itemSku ?? '',
    desired: desired === null ? undefined : BigInt(desired),
    reason: reason ?? '',
  }
}
