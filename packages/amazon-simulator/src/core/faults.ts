import { downloadOperation, loginOperation, uploadOperation } from './operations.ts'
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
    useUp(world, fault, { operation: loginOperation, sellerId, skus: [] })
    return fault
  }
  return undefined
}

/** Actions that meet an accepted write, not the request that brought it. */
const writeActions: readonly FaultAction[] = ['write-late', 'write-lost']

/** The oldest fault that decides how an accepted write of a listing lands: `patchListingsItem` brought it, or `createFeed`. */
export function claimWriteFate(
  world: World,
  write: { by: 'patch' | 'feed'; sellerId: string; sku: string },
  now: number,
): FaultRow | undefined {
  if (world.faults.size === 0) return undefined
  dropExpired(world, now)
  const operation = write.by === 'patch' ? 'patchListingsItem' : 'createFeed'
  const subject = { operation, sellerId: write.sellerId, skus: [write.sku] }
  for (const fault of world.faults.all()) {
    if (!writeActions.includes(fault.action) || !matches(fault, subject)) continue
    useUp(world, fault, subject)
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
  'feed-fatal': 'createFeed',
  'feed-stuck': 'createFeed',
  'feed-skip': 'createFeed',
}

const outsideSellingPartnerApi = [loginOperation, downloadOperation, uploadOperation]

function applies(fault: FaultRow, subject: FaultSubject): boolean {
  const { action } = fault
  if (writeActions.includes(action)) return false
  const only = onlyFor[action]
  if (only !== undefined && only !== subject.operation) return false
  if (fault.match.operation === undefined && outsideSellingPartnerApi.includes(subject.operation)) return false
  if (!matches(fault, subject)) return false
  if (action !== 'expire-token') return true
  // "Once per token in use": tokens fetched after the fault was set are good, or no refresh would ever help.
  const { token } = subject
  return token !== undefined && token.issuedAt <= fault.createdAt && !fault.hitTokens.includes(token.token)
}

function matches({ match }: FaultRow, subject: FaultSubject): boolean {
  if (match.operation !== undefined && match.operation !== subject.operation) return false
  if (match.sellerId !== undefined && match.sellerId !== subject.sellerId) return false
  return match.sku === undefined || subject.skus.includes(match.sku)
}

function useUp(world: World, fault: FaultRow, subject: FaultSubject): void {
  if (fault.action === 'expire-token' && subject.token) fault.hitTokens.push(subject.token.token)
  if (fault.remaining !== null) fault.remaining--
  if (fault.remaining === 0) world.faults.remove(fault)
  else world.faults.save(fault)
}
