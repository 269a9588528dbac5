import type { Account } from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'

import { enumWord, isoTime, textOrNull } from './values.ts'

/** An account with its settings. */
export const accountShape = (account: Account) => ({
  id: account.id,
  name: account.name,
  connection: account.connectionId,
  seller: account.sellerId,
  region: account.region,
  marketplace: account.marketplace,
  marketplace_id: account.marketplaceId,
  connection_state: enumWord(account.connectionState, 'CONNECTION_STATE_'),
  connection_detail: textOrNull(account.connectionDetail),
  settings: {
    enabled: account.settings?.enabled ?? false,
    update_inventory: account.settings?.updateInventory ?? false,
    max_listed: account.settings?.maxListed ?? null,
    stock_percentage: account.settings?.stockPercentage ?? null,
    end_when: account.settings?.endWhen ?? null,
    default_lead_time_days: account.settings?.defaultLeadTimeDays ?? null,
    product_lead_times: account.settings?.productLeadTimes ?? false,
    channel_specific_stock: account.settings?.channelSpecificStock ?? true,
    despatch_notes: account.settings?.despatchNotes ?? true,
  },
  locations: account.locationIds,
  order_location: textOrNull(account.orderLocationId),
  paused: pausedShape(account),
  inventory_sync_date: isoTime(account.inventorySyncedAt),
  created_at: isoTime(account.createdAt),
  api: account.api,
  authorised_at: isoTime(account.authorisedAt),
  consent_expires_at: isoTime(account.consentExpiresAt),
  secret_expires_at: isoTime(account.secretExpiresAt),
  settings_version: account.settingsVersion,
})

/** Null when the account sends. */
export const pausedShape = (account: Account | undefined) =>
  account?.pausedAt ? { since: isoTime(account.pausedAt), hard: account.pausedHard } : null
