import type { Ids } from '@lockstep/contracts/ids'
import { findMarketplace, type Marketplace, marketplaces } from '@lockstep/sp-api/marketplaces'
import type { Transaction } from 'kysely'
import { accountNameProblem, defaultAccountName, isSellerId } from '../domain/account-name.ts'
import { announceAccountChanged } from '../events/account-changed.ts'
import { type Account, findAccount, insertAccount } from '../store/accounts.ts'
import type { Region } from '../store/account-tables.ts'
import { type Connection, type ConnectionIdentity, lockOrCreateConnection } from '../store/connections.ts'
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
  /** Records an old connection that is never called. */
  legacyMws?: boolean
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
  const isLegacy = command.legacyMws === true
  if (isLegacy && command.refreshToken !== '') throw tokenForLegacy()
  const name = checkedName(command.name === '' ? usualName(sellerId, marketplace.code, { isLegacy }) : command.name)

  const identity = identityOf({ application: deps.application, sellerId, region: marketplace.region, isLegacy })
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

/** An old connection is a connection of its own: the new one is made beside it and never of it. */
function identityOf(of: {
  application: string
  sellerId: string
  region: Region
  isLegacy: boolean
}): ConnectionIdentity {
  const { application, sellerId, region, isLegacy } = of
  return isLegacy ? { application: 'mws', sellerId, region, api: 'mws' } : { application, sellerId, region }
}

function usualName(sellerId: string, marketplace: string, { isLegacy }: { isLegacy: boolean }): string {
  const name = defaultAccountName(sellerId, marketplace)
  return isLegacy ? `${name}-MWS` : name
}

function tokenForLegacy(): Error {
  return refusal('FIELD_INVALID', {
    message: 'an MWS connection has no refresh token: it is only recorded',
    field: 'refresh_token',
    nextStep: 'leave the token out, or leave --legacy-mws out to connect by SP-API',
  })
}

function checkedMarketplace(given: string): Marketplace {
  const marketplace = findMarketplace(given.trim())
  if (marketplace) return marketplace
  throw refusal('MARKETPLACE_UNKNOWN', {
    message: `"${given}" is no Amazon marketplace; these can be added: ${marketplaces.map(({ code }) => code).join(', ')}`,
    field: 'marketplace',
    value: given,
    candidates: marketplaces.map(({ code }) => code),
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
