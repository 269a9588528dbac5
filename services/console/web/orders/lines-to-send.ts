import type { OrderLineAnswer, ProcessOrderForm } from '../../src/wire/order.ts'

/** Units per order line, where they are not all that is open. */
export type Units = Readonly<Record<string, number>>

/** The lines a form names: none when everything open goes; a line of 0 units stays behind. Undefined when nothing at all would go. */
export function linesToSend(
  lines: readonly Pick<OrderLineAnswer, 'id' | 'open'>[],
  units: Units,
): ProcessOrderForm['lines'] | undefined {
  const wanted = lines.filter(({ open }) => open > 0).map(({ id, open }) => ({ id, open, quantity: units[id] ?? open }))
  if (wanted.every(({ open, quantity }) => quantity === open)) return []
  const going = wanted.filter(({ quantity }) => quantity > 0)
  return going.length === 0 ? undefined : going.map(({ id, quantity }) => ({ orderLineId: id, quantity }))
}
