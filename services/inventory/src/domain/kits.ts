import type { Problem } from './refusal.ts'
import { shown } from './refusal.ts'

export const mostComponents = 100
/** The most units of one component that a kit may need. */
export const mostPerKit = 10_000

/** An item as far as it matters to what it may be put together from. */
export interface KitCandidate {
  id: string
  sku: string
  kit: boolean
}

/** A component as it is asked for, and the item that it names. */
export interface AskedComponent {
  component: KitCandidate
  quantity: bigint
}

export function componentQuantityProblem(quantity: bigint): Problem | undefined {
  if (quantity >= 1n && quantity <= BigInt(mostPerKit)) return undefined
  const message = `a kit cannot need ${quantity} units of a component: give 1 to ${mostPerKit.toLocaleString('en-GB')}`
  return {
    reason: 'QUANTITY_INVALID',
    message,
    nextStep: 'correct the quantity',
    field: 'quantity',
    value: String(quantity),
  }
}

/** Why an item cannot be a component: a kit holds no kit, itself included, and each component once. */
export function componentProblem(
  kit: KitCandidate,
  asked: AskedComponent,
  others: readonly AskedComponent[],
): Problem | undefined {
  const { component } = asked
  const refuse = (message: string): Problem => {
    return { reason: 'COMPONENT_INVALID', message, field: 'components', value: shown(component.sku) }
  }
  if (component.id === kit.id) return refuse(`${kit.sku} cannot be a component of itself`)
  if (component.kit) return refuse(`${component.sku} is a kit itself: a kit holds no kits`)
  if (others.some((other) => other.component.id === component.id)) return refuse(`${component.sku} is named twice`)
  return componentQuantityProblem(asked.quantity)
}
