import type { GroupPolicy } from '@lockstep/pacing/group-policy'
import type { Kysely } from 'kysely'

import { type Account, listAccountsOfConnections } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import { type ConnectionPolicy, readPolicy } from '../store/group-policies.ts'
import { refusal } from './refuse.ts'

const policies: readonly GroupPolicy[] = ['lowest', 'owner', 'hold']

/**
 * The policy that a person chose for an account's connection: the one in force when none is named. Under `owner` one of the connection's accounts
 * decides; under the others naming one is refused, for it would decide nothing.
 */
export async function chosenPolicy(
  db: Kysely<ChannelDb>,
  account: Account,
  given: { policy: string; owner: string },
): Promise<ConnectionPolicy> {
  if (given.policy === '' && given.owner === '') return readPolicy(db, account.connectionId)
  const policy = policies.find((one) => one === given.policy)
  if (!policy) {
    const message = `"${given.policy}" is no policy`
    throw refusal('FIELD_INVALID', { message, field: 'policy', value: given.policy, candidates: [...policies] })
  }
  if (policy !== 'owner' && given.owner !== '') {
    const message = `an owner decides under the policy owner only, not under ${policy}`
    throw refusal('FIELD_INVALID', { message, field: 'owner', value: given.owner })
  }
  if (policy !== 'owner') return { policy, ownerAccountId: null }
  const siblings = await listAccountsOfConnections(db, [account.connectionId])
  const owner = siblings.find(({ id, name }) => id === given.owner || name === given.owner)
  if (owner) return { policy, ownerAccountId: owner.id }
  throw refusal('FIELD_INVALID', {
    message:
      given.owner === ''
        ? 'no account is named that decides'
        : `"${given.owner}" is no account of seller ${account.sellerId} in ${account.region}`,
    field: 'owner',
    value: given.owner,
    candidates: siblings.slice(0, 20).map(({ name }) => name),
  })
}
