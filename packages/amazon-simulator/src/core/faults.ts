import type { FaultAction, FaultRow } from './records.ts'
import type { World } from './world.ts'

/** What is known of a request when faults are looked up. */
export interface FaultSubject {
  operation: string
  sellerId: string | null
  skus: readonly string[]
  token?: { token: string; issuedAt: number }
}

/**
 * The oldest fault that applies to a request; its count goes down by one.
 * A fault without an operation meets Selling Partner API calls only, `revoke` the token endpoint as well.
 */
export function claimFault(world: World, subject: FaultSubject, now: number): FaultRow | undefined {
  dropExpired(world, now)
  for (const fault of world.faults.all()) {
    if (!applies(fault, subject)) continue
    useUp(world, fault, subject)
    return fault
  }
  return undefined
}

/** Whether a seller's authorisation counts as withdrawn at the token endpoint. */
export function claimRevocation(world: World, sellerId: string, now: number): FaultRow | undefined {
  dropExpired(world, now)
  for (const fault of world.faults.all()) {
    const isForSeller = fault.match.sellerId === undefined || fault.match.sellerId === sellerId
    if (fault.action !== 'revoke' || !isForSeller) continue
    useUp(world, fault, { operation: 'lwaToken', sellerId, skus: [] })
    return fault
  }
  return undefined
}

/** Removes faults whose time is over. */
export function dropExpired(world: World, now: number): void {
  for (const fault of world.faults.all()) {
    if (fault.expiresAt !== null && fault.expiresAt <= now) world.faults.remove(fault)
  }
}

/** Actions that only a certain call can meet. */
const onlyFor: Partial<Record<FaultAction, string>> = {
  'report-fatal': 'createReport',
  'report-cancelled': 'createReport',
}

const outsideSellingPartnerApi = ['lwaToken', 'downloadDocument']

function applies(fault: FaultRow, subject: FaultSubject): boolean {
  const { match, action } = fault
  const only = onlyFor[action]
  if (only !== undefined && only !== subject.operation) return false
  if (match.operation === undefined && outsideSellingPartnerApi.includes(subject.operation)) return false
  if (match.operation !== undefined && match.operation !== subject.operation) return false
  if (match.sellerId !== undefined && match.sellerId !== subject.sellerId) return false
  if (match.sku !== undefined && !subject.skus.includes(match.sku)) return false
  if (action !== 'expire-token') return true
  // "Once per token in use": tokens fetched after the fault was set are good, or no refresh would ever help.
  const { token } = subject
  return token !== undefined && token.issuedAt <= fault.createdAt && !fault.hitTokens.includes(token.token)
}

function useUp(world: World, fault: FaultRow, subject: FaultSubject): void {
  if (fault.action === 'expire-token' && subject.token) fault.hitTokens.push(subject.token.token)
  if (fault.remaining !== null) fault.remaining--
  if (fault.remaining === 0) world.faults.remove(fault)
  else world.faults.save(fault)
}
