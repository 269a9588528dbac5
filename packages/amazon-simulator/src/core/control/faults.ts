import { dropExpired } from '../faults.ts'
import { operationNames } from '../operations.ts'
import { faultActions, type FaultRow } from '../records.ts'
import { ControlRefusalError } from '../refusals.ts'
import { isoMillis } from '../times.ts'
import type { World } from '../world.ts'
import { Input } from './input.ts'

/** A fault as the control API shows it. */
export interface FaultView {
  id: string
  match: FaultRow['match']
  action: FaultRow['action']
  remaining: number | null
  expiresAt: string | null
  delayMs: number
}

/** Sets a fault. Without `count` or `forMs` it holds until it is deleted. */
export function addFault(world: World, body: unknown, now: number): { id: string } {
  const input = new Input(body, ['match', 'action', 'count', 'forMs', 'delayMs'])
  const action = input.optionalChoice('action', faultActions)
  if (!action) throw input.wrong('action', `must be one of ${faultActions.join(', ')}`)
  if (input.has('count') && input.has('forMs')) throw input.wrong('forMs', 'cannot be combined with count')
  const match = readMatch(new Input(input.raw('match') ?? {}, ['operation', 'sellerId', 'sku'], 'match'))
  const forMs = input.optionalWhole('forMs', 1)
  const delayMs = input.optionalWhole('delayMs', 0)
  if ((action === 'delay' || action === 'write-late') && delayMs === undefined) {
    throw input.wrong('delayMs', `is needed with the action ${action}`)
  }
  const fault: FaultRow = {
    id: `flt_${world.ids.running('fault')}`,
    match,
    action,
    remaining: input.optionalWhole('count', 1) ?? null,
    expiresAt: forMs === undefined ? null : now + forMs,
    delayMs: delayMs ?? 0,
    createdAt: now,
    hitTokens: [],
  }
  world.faults.save(fault)
  return { id: fault.id }
}

/** Removes one fault, or 404. */
export function removeFault(world: World, id: string): void {
  const fault = world.faults.find(id)
  if (!fault)
    throw new ControlRefusalError(404, {
      code: 'NOT_FOUND',
      field: 'id',
      message: `no fault '${id}': GET /_sim/state lists them`,
    })
  world.faults.remove(fault)
}

/** The faults that still hold. */
export function listFaults(world: World, now: number): FaultView[] {
  dropExpired(world, now)
  return [...world.faults.all()].map(({ id, match, action, remaining, expiresAt, delayMs }) => ({
    id,
    match,
    action,
    remaining,
    expiresAt: expiresAt === null ? null : isoMillis(expiresAt),
    delayMs,
  }))
}

function readMatch(input: Input): FaultRow['match'] {
  const operation = input.optionalChoice('operation', operationNames)
  const sellerId = input.optionalText('sellerId')
  const sku = input.optionalText('sku')
  return {
    ...(operation === undefined ? {} : { operation }),
    ...(sellerId === undefined ? {} : { sellerId }),
    ...(sku === undefined ? {} : { sku }),
  }
}
