import { refused, type Refused } from '../domain/refusal.ts'

/** Two people who change one item: the second one is told, instead of undoing what the first one did. An expected version of 0 asks for no check. */
export function staleItem(item: { sku: string; version: number }, expectedVersion: bigint): Refused | undefined {
  if (expectedVersion === 0n || BigInt(item.version) === expectedVersion) return undefined
  const message = `${item.sku} was changed meanwhile: it is at version ${item.version}, not ${expectedVersion}`
  return refused({ reason: 'ITEM_CHANGED', message, field: 'expected_version', value: String(expectedVersion) })
}
