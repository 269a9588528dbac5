import type { Ids } from '@lockstep/contracts/ids'
import { findMarketplace, type Marketplace } from '@lockstep/sp-api/marketplaces'
import type { Transaction } from 'kysely'
import { accountNameProblem, defaultAccountName, isSellerId } from '../domain/account-name.ts'
import { announceAccountChanged } from '../events/account-changed.ts'
import { type Account, findAccount, insertAccount } from '../store/accounts.ts'
import { type Connection, lockOrCreateConnection } from '../store/connections.ts'
import type { ChannelDb } from '../store/database.ts'
import type { SealingKeys } from '../store/sealing.ts'
import { makeListingsDue, storeRefreshToken } from './authorise-account.ts'
import { getAccount } from './get-account.ts'
import { refusal } from './refuse.ts'

/** A new account as it is asked for. */
export interface CreateAccount {
  name: string
  sellerId: string
  /** Country code or marketplace id. */
  marketplace: string
  /** Empty when the connection has one, or when it comes later. */
  refreshToken: string
}

/** What creating an account needs. */
export interface CreateAccountDeps {
  ids: Ids
  keys: SealingKeys
  application: string
}

/** Adds a marketplace of a seller. It starts on, with *Update inventory* off: nothing is sent before a dry run was confirmed. */
export async function createAccount(
  tx: Transaction<ChannelDb>,
  deps: CreateAccountDeps,
  command: CreateAccount,
): Promise<Account> {
  const marketplace = checkedMarketplace(command.marketplace)
  const sellerId = checkedSeller(command.sellerId)
  const name = checkedName(command.name === '' ? defaultAccountName(sellerId, marketplace.code) : command.name)

  const identity = { application: deps.application, sellerId, region: marketplace.region }
  const connection = await lockOrCreateConnection(tx, identity, deps.ids.next('con'))
  const id = deps.ids.next('acc')
  const isNew = await insertAccount(tx, {
    id,
    name,
    connectionId: connection.id,
    marketplace: marketplace.code,
    marketplaceId: marketplace.id,
  })
  if (!isNew) throw await accountExists(tx, name, { connection, marketplace })

  if (command.refreshToken === '') await makeListingsDue(tx, connection.id)
  else await storeRefreshToken(tx, deps.keys, { connection, token: command.refreshToken })
  await announceAccountChanged(tx, deps.ids, { id, connectionId: connection.id, enabled: true })
  return getAccount(tx, id)
}

function checkedMarketplace(given: string): Marketplace {
  const marketplace = findMarketplace(given.trim())
  if (marketplace) return marketplace
  throw refusal('MARKETPLACE_UNKNOWN', {
    message: `"${given}" is no Amazon marketplace`,
    field: 'marketplace',
    value: given,
  })
}

function checkedSeller(given: string): string {
  if (isSellerId(given)) return given
  throw refusal('SELLER_INVALID', { message: `"${given}" is no seller id`, field: 'seller_id', value: given })
}

function checkedName(name: string): string {
  const problem = accountNameProblem(name)
  if (problem === undefined) return name
  throw refusal('FIELD_INVALID', { message: problem, field: 'name', value: name })
}

async function accountExists(
  tx: Transaction<ChannelDb>,
  name: string,
  { connection, marketplace }: { connection: Connection; marketplace: Marketplace },
): Promise<Error> {
  const namesake = await findAccount(tx, name)
  const isOther = namesake && (namesake.connectionId !== connection.id || namesake.marketplaceId !== marketplace.id)
  if (isOther) {
    const message = `another account is called "${name}" (${namesake.id})`
    return refusal('ACCOUNT_EXISTS', { message, field: 'name', value: name, nextStep: 'choose another name' })
  }
  const message = `seller ${connection.sellerId} has an account for ${marketplace.code} already`
  return refusal('ACCOUNT_EXISTS', { message, field: 'marketplace', value: marketplace.code })
}
