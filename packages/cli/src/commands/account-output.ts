import type { Account } from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'

import { facts, orDash, type Output } from '../output.ts'
import { accountShape } from '../shapes/accounts.ts'

const onOrOff = (on: boolean): string => (on ? 'on' : 'off')

/** One account with everything that is set. */
export function accountOutput(account: Account | undefined): Output {
  if (!account) throw new Error('the answer holds no account')
  const json = accountShape(account)
  const { settings } = json
  return {
    json: { account: json },
    text: facts([
      ['id', json.id],
      ['name', json.name],
      ['seller', `${json.seller} (${json.region})`],
      ['marketplace', `${json.marketplace} (${json.marketplace_id})`],
      ['connected by', json.api],
      ['connection', json.connection_state + (json.connection_detail ? `: ${json.connection_detail}` : '')],
      ['authorised', orDash(json.authorised_at)],
      ['consent ends', orDash(json.consent_expires_at)],
      ['client secret ends', orDash(json.secret_expires_at)],
      ['enabled', onOrOff(settings.enabled)],
      ['update inventory', onOrOff(settings.update_inventory)],
      ['paused', json.paused ? `since ${orDash(json.paused.since)}${json.paused.hard ? ', zeros too' : ''}` : 'no'],
      ['max listed', orDash(settings.max_listed)],
      ['stock percentage', orDash(settings.stock_percentage)],
      ['end when', orDash(settings.end_when)],
      ['lead time (days)', orDash(settings.default_lead_time_days)],
      ['lead times of products', onOrOff(settings.product_lead_times)],
      ['channel specific stock', onOrOff(settings.channel_specific_stock)],
      ['despatch notes', onOrOff(settings.despatch_notes)],
      ['locations', json.locations.join(', ') || 'none: nothing is sent until one is mapped (lockstep locations map)'],
      ['order location', orDash(json.order_location)],
      ['shared SKUs', 'Amazon keeps one quantity per SKU for all marketplaces of the seller: lockstep conflicts list'],
      ['settings version', String(json.settings_version)],
      ['last inventory sync', orDash(json.inventory_sync_date)],
    ]),
  }
}
