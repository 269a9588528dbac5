import {
  AccountServiceService,
  AuthoriseAccountRequest,
  AuthoriseAccountResponse,
  CreateAccountRequest,
  CreateAccountResponse,
  type ListAccountsRequest,
  type ListAccountsResponse,
  type ListConnectionsResponse,
  MapLocationsRequest,
  MapLocationsResponse,
  type TestAccountRequest,
  type TestAccountResponse,
  UpdateAccountSettingsRequest,
  UpdateAccountSettingsResponse,
} from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import type { Ids } from '@lockstep/contracts/ids'
import { type CallContext, unary } from '@lockstep/rpc/handler'
import { type ServiceBinding, serviceBinding } from '@lockstep/rpc/server'
import { authoriseAccount } from '../commands/authorise-account.ts'
import { createAccount } from '../commands/create-account.ts'
import { getAccount } from '../commands/get-account.ts'
import { mapLocations } from '../commands/map-locations.ts'
import { proveToken } from '../commands/prove-token.ts'
import { type TestAccountDeps, testAccount } from '../commands/test-account.ts'
import { updateAccountSettings } from '../commands/update-account-settings.ts'
import { readLimits, type LimitsDeps } from '../queries/read-limits.ts'
import { listAccounts, listAccountsOfConnections } from '../store/accounts.ts'
import { listConnections } from '../store/connections.ts'
import type { Location } from '../store/locations.ts'
import type { SealingKeys } from '../store/sealing.ts'
import { accountMessage, connectionStateMessage } from './account-message.ts'
import { answerCommand, type CommandDeps } from './answer-command.ts'
import { limitsMessage } from './limits-message.ts'
import { cutPage, readPage } from './page.ts'
import { readSettings } from './read-rules.ts'

/** What the account service works with. */
export interface AccountServiceDeps extends CommandDeps, TestAccountDeps, LimitsDeps {
  ids: Ids
  /** A change that nobody looked at takes at most this share of an account's linked listings to 0. */
  zerosSharePercent: number
  keys: SealingKeys
  application: string
  /** When the application's client secret ends; undefined when that is not known. */
  secretExpiresAt: Date | undefined
  /** All locations that inventory knows. */
  listKnownLocations(context: { signal: AbortSignal }): Promise<Location[]>
}

/** Seller connections and channel accounts over gRPC. */
export function accountServiceBinding(deps: AccountServiceDeps): ServiceBinding {
  return serviceBinding(AccountServiceService, {
    createAccount: unary((request: CreateAccountRequest) => handleCreateAccount(deps, request)),
    authoriseAccount: unary((request: AuthoriseAccountRequest) => handleAuthoriseAccount(deps, request)),
    getAccount: unary(async ({ account }: { account: string }) => ({
      account: accountMessage(await getAccount(deps.db, account), deps.secretExpiresAt),
    })),
    listAccounts: unary((request: ListAccountsRequest) => handleListAccounts(deps, request)),
    updateAccountSettings: unary((request: UpdateAccountSettingsRequest, context) =>
      handleUpdateAccountSettings(deps, request, context),
    ),
    mapLocations: unary((request: MapLocationsRequest, context) => handleMapLocations(deps, request, context)),
    testAccount: unary((request: TestAccountRequest, context) => handleTestAccount(deps, request, context)),
    listConnections: unary(() => handleListConnections(deps)),
    getLimits: unary(async ({ account }: { account: string }) =>
      limitsMessage(await readLimits(deps, await getAccount(deps.db, account))),
    ),
  })
}

const createMethod = {
  name: 'AccountService/CreateAccount',
  request: CreateAccountRequest,
  response: CreateAccountResponse,
}

function handleCreateAccount(deps: AccountServiceDeps, request: CreateAccountRequest): Promise<CreateAccountResponse> {
  return answerCommand(deps, { method: createMethod, request }, async (tx) => ({
    account: accountMessage(await createAccount(tx, deps, request), deps.secretExpiresAt),
  }))
}

const authoriseMethod = {
  name: 'AccountService/AuthoriseAccount',
  request: AuthoriseAccountRequest,
  response: AuthoriseAccountResponse,
}

async function handleAuthoriseAccount(
  deps: AccountServiceDeps,
  request: AuthoriseAccountRequest,
): Promise<AuthoriseAccountResponse> {
  await proveToken(deps, request)
  return answerCommand(deps, { method: authoriseMethod, request }, async (tx) => ({
    account: accountMessage(await authoriseAccount(tx, deps, request), deps.secretExpiresAt),
  }))
}

async function handleListAccounts(
  deps: AccountServiceDeps,
  request: ListAccountsRequest,
): Promise<ListAccountsResponse> {
  const { limit, after } = readPage(request.page)
  const accounts = await listAccounts(deps.db, { after: after ?? '', limit: limit + 1 })
  const page = cutPage(accounts, limit, (account) => account.id)
  return {
    accounts: page.entries.map((account) => accountMessage(account, deps.secretExpiresAt)),
    nextPageToken: page.nextPageToken,
  }
}

const settingsMethod = {
  name: 'AccountService/UpdateAccountSettings',
  request: UpdateAccountSettingsRequest,
  response: UpdateAccountSettingsResponse,
}

function handleUpdateAccountSettings(
  deps: AccountServiceDeps,
  request: UpdateAccountSettingsRequest,
  context: CallContext,
): Promise<UpdateAccountSettingsResponse> {
  const command = { ...request, change: readSettings(request), actor: context.actor }
  return answerCommand(deps, { method: settingsMethod, request }, async (tx) => ({
    account: accountMessage(await updateAccountSettings(tx, deps, command), deps.secretExpiresAt),
  }))
}

const mapMethod = {
  name: 'AccountService/MapLocations',
  request: MapLocationsRequest,
  response: MapLocationsResponse,
}

async function handleMapLocations(
  deps: AccountServiceDeps,
  request: MapLocationsRequest,
  context: CallContext,
): Promise<MapLocationsResponse> {
  const known = await deps.listKnownLocations(context)
  return answerCommand(deps, { method: mapMethod, request }, async (tx) => {
    const { account, warnings } = await mapLocations(tx, deps, { ...request, known, actor: context.actor })
    return { account: accountMessage(account, deps.secretExpiresAt), warnings }
  })
}

async function handleTestAccount(
  deps: AccountServiceDeps,
  request: TestAccountRequest,
  context: CallContext,
): Promise<TestAccountResponse> {
  const account = await getAccount(deps.db, request.account)
  const steps = await testAccount(deps, account, context)
  return { ok: steps.every(({ ok }) => ok), steps }
}

async function handleListConnections(deps: AccountServiceDeps): Promise<ListConnectionsResponse> {
  const connections = await listConnections(deps.db, deps.application)
  const ids = connections.map(({ id }) => id)
  const accounts = ids.length === 0 ? [] : await listAccountsOfConnections(deps.db, ids)
  return {
    connections: connections.map(({ id, sellerId, region, state }) => ({
      id,
      sellerId,
      region,
      state: connectionStateMessage(state),
      accounts: accounts.filter(({ connectionId }) => connectionId === id).map((account) => accountMessage(account)),
    })),
  }
}
