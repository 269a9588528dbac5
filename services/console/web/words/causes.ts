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
  linked: 'a new link',
  setting_changed: 'a changed setting',
}

/** Why something happened, in words. */
export function causeText({ kind, reference, actor, note }: CauseAnswer): string {
  const what = kind === null ? 'an unknown cause' : (kinds[kind] ?? kind.replaceAll('_', ' '))
  return [what, reference, actor === null ? null : `by ${actor}`, note === null ? null : `“${note}”`]
    .filter((part) => part !== null)
    .join(' ')
}
