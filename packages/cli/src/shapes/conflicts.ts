import type { Conflict, Remedy } from '@lockstep/contracts/generated/lockstep/channel/v1/conflict_service.ts'

import { jsonNumberOrNull, textOrNull } from './values.ts'

/** A shared SKU of conflicts list. */
export const conflictShape = (conflict: Conflict) => ({
  connection: conflict.connectionId,
  seller: conflict.sellerId,
  region: conflict.region,
  channel_sku: conflict.channelSku,
  kind: conflict.kind,
  detail: conflict.detail,
  policy: conflict.policy,
  owner: textOrNull(conflict.ownerAccountId),
  number: jsonNumberOrNull(conflict.number),
  waits: conflict.waits,
  withheld: conflict.withheld,
  members: conflict.members.map((member) => ({
    account: member.accountId,
    name: member.accountName,
    marketplace: member.marketplace,
    item: textOrNull(member.itemSku),
    item_id: textOrNull(member.itemId),
    desired: jsonNumberOrNull(member.desired),
    role: member.role,
    reason: textOrNull(member.reason),
  })),
})

/** A line of conflicts remedy. */
export const remedyShape = (remedy: Remedy) => ({
  account: remedy.accountName,
  marketplace: remedy.marketplace,
  channel_sku: remedy.channelSku,
  new_channel_sku: textOrNull(remedy.newChannelSku),
  asin: textOrNull(remedy.asin),
  item_sku: textOrNull(remedy.itemSku),
  note: textOrNull(remedy.note),
})
