import type { CauseAnswer } from '../../src/wire/explanation.ts'

const kinds: Readonly<Record<string, string>> = {
  stock_set: 'stock set',
  stock_adjusted: 'stock adjusted',
  stock_received: 'goods received',
  stock_returned: 'goods returned',
  stock_corrected: 'a correction',
  transfer_sent: 'a transfer sent',
  transfer_received: 'a transfer received',
  transfer_cancelled: 'a cancelled transfer',
  order_reserved: 'an order',
  order_cancelled: 'a cancelled order',
  reserved: 'a reservation',
  released: 'a released reservation',
  despatched: 'a despatch',
  shipped_outside: 'units shipped outside',
  order_moved: 'an order served from elsewhere',
  fba_level_changed: 'Amazon’s own count',
  third_party_reported: 'a third party’s count',
  item_created: 'a new item',
  location_created: 'a new location',
  kit_changed: 'a kit put together otherwise',
  kit_component_changed: 'a component of the kit',
  linked: 'a new link',
  setting_changed: 'a changed setting',
}

/** What kind of event it was, in words. */
export function causeText({ kind }: CauseAnswer): string {
  return kind === null ? 'an unknown cause' : (kinds[kind] ?? kind.replaceAll('_', ' '))
}
