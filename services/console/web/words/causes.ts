import type { CauseAnswer } from '../../src/wire/explanation.ts'

const kinds: Readonly<Record<string, string>> = {
  stock_set: 'stock set',
  stock_adjusted: 'stock adjusted',
  order_reserved: 'an order',
  order_cancelled: 'a cancelled order',
  reserved: 'a reservation',
  released: 'a released reservation',
  despatched: 'a despatch',
  shipped_outside: 'units shipped outside',
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
