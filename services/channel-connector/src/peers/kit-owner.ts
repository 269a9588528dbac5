import type { KitServiceClient } from '@lockstep/contracts/generated/lockstep/inventory/v1/kit_service.ts'
import { generalReasons, inventoryReasons, type RefusalStatus } from '@lockstep/contracts/reasons'
import { call } from '@lockstep/rpc/client'
import { RefusalError, refusalOf } from '@lockstep/rpc/refusal'

import type { KitOwner } from '../commands/change-kit.ts'
import type { ShownKit, ShownPart } from '../domain/kit-change.ts'

const timeoutMs = 10_000

/** Inventory as the owner of kits. What it refuses is refused in its own words: the fields are those of our request. */
export function kitOwner(client: KitServiceClient): KitOwner {
  return {
    async preview({ components, ...change }, { idempotencyKey, signal }) {
      const request = { ...change, components: [...components], idempotencyKey }
      const answer = await passedOn(call(client, 'previewKit', request, { timeoutMs, signal, readOnly: true }))
      if (answer.done) return undefined
      const { item, version = 0n, components: before = [] } = answer.before ?? {}
      if (!item) throw new Error('inventory has shown no item')
      return {
        itemId: item.id,
        sku: item.sku,
        version: Number(version),
        before: before.map(shownPart),
        after: answer.components.map(shownPart),
        levels: answer.levels.map(shownLevel),
      }
    },
    async make({ components, ...change }, { idempotencyKey, actor, signal }) {
      const options = { timeoutMs, signal, actor }
      if (components.length === 0) {
        const { item } = await passedOn(call(client, 'dissolveKit', { ...change, idempotencyKey }, options))
        return item?.id ?? ''
      }
      const request = { ...change, components: [...components], idempotencyKey }
      const { kit } = await passedOn(call(client, 'setKit', request, options))
      return kit?.item?.id ?? ''
    },
  }
}

function shownPart({ itemId, sku, quantity }: { itemId: string; sku: string; quantity: bigint }): ShownPart {
  return { itemId, sku, quantity: Number(quantity) }
}

function shownLevel({
  available,
  availableAfter,
  ...location
}: {
  locationId: string
  locationName: string
  available: bigint
  availableAfter: bigint
}): ShownKit['levels'][number] {
  return { ...location, available: Number(available), availableAfter: Number(availableAfter) }
}

const statuses: Readonly<Record<string, { status: RefusalStatus }>> = { ...generalReasons, ...inventoryReasons }

async function passedOn<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer
  } catch (error) {
    const no = refusalOf(error)
    if (!no) throw error
    const { retryAfter: _, ...words } = no
    throw new RefusalError({ ...words, status: statuses[no.reason]?.status ?? 'FAILED_PRECONDITION' })
  }
}
