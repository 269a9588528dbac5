import {
  type Account as AccountMessage,
  ConnectionState,
} from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import { findMarketplace } from '@lockstep/sp-api/marketplaces'
import { applicationHold } from '../channels/amazon/connection-states.ts'
import { consentEnd, endWords, isAnnounced } from '../domain/credential-life.ts'
import type { Account } from '../store/accounts.ts'
import type { ApiName, ConnectionStateName } from '../store/account-tables.ts'

const states: Record<ConnectionStateName, ConnectionState> = {
  no_credentials: ConnectionState.NO_CREDENTIALS,
  untested: ConnectionState.UNTESTED,
  connected: ConnectionState.CONNECTED,
  reauthorise: ConnectionState.REAUTHORISE,
  application_refused: ConnectionState.APPLICATION_REFUSED,
}

/** The interface as people call it. */
export const apiWords: Record<ApiName, string> = { sp_api: 'SP-API', mws: 'MWS' }

/** How a connection stands, as the contract says it. */
export function connectionStateMessage(state: ConnectionStateName): ConnectionState {
  return states[state]
}

/** An account as the contract shows it. When the application's secret ends is the same for all accounts, and said by whoever knows it. */
export function accountMessage(account: Account, secretExpiresAt?: Date): AccountMessage {
  return {
    id: account.id,
    name: account.name,
    connectionId: account.connectionId,
    sellerId: account.sellerId,
    region: account.region,
    marketplace: account.marketplace,
    marketplaceId: account.marketplaceId,
    currency: findMarketplace(account.marketplaceId)?.currency ?? '',
    settings: {
      enabled: account.enabled,
      updateInventory: account.updateInventory,
      maxListed: account.maxListed ?? undefined,
      stockPercentage: account.stockPercentage ?? undefined,
      endWhen: account.endWhen ?? undefined,
      defaultLeadTimeDays: account.defaultLeadTimeDays ?? undefined,
      channelSpecificStock: account.channelSpecificStock,
      productLeadTimes: account.productLeadTimes,
      despatchNotes: account.despatchNotes,
    },
    locationIds: account.locationIds,
    orderLocationId: account.orderLocationId ?? '',
    connectionState: connectionStateMessage(account.connectionState),
    connectionDetail: detailOf(account),
    pausedAt: account.pausedAt ?? undefined,
    pausedHard: account.pausedHard,
    createdAt: account.createdAt,
    settingsVersion: account.settingsVersion,
    inventorySyncedAt: account.inventorySyncedAt ?? undefined,
    api: apiWords[account.api],
    authorisedAt: account.authorisedAt ?? undefined,
    consentExpiresAt: consentEnd(account.authorisedAt),
    secretExpiresAt,
  }
}

/** Why the connection stands so, and the one next step; empty when all is well. */
function detailOf(account: Account): string {
  const { name, sellerId, marketplace, api, connectionState, connectionDetail } = account
  if (api === 'mws') {
    return `connected by MWS, which Amazon has closed: add it afresh by SP-API, lockstep accounts add --seller ${sellerId} --marketplace ${marketplace}, then lockstep accounts disable ${name}`
  }
  switch (connectionState) {
    case 'no_credentials':
      return `no refresh token is stored: lockstep accounts authorise ${name}`
    case 'reauthorise':
      return `${connectionDetail}: authorise again, lockstep accounts authorise ${name}`
    case 'application_refused':
      return `${connectionDetail}: ${applicationHold('').nextStep}`
    case 'untested':
    case 'connected':
      return consentWords(account)
    default:
      return connectionState satisfies never
  }
}

/** Says ahead that a consent ends. */
function consentWords({ name, authorisedAt }: Account): string {
  const now = new Date()
  const end = consentEnd(authorisedAt)
  if (!isAnnounced(end, now)) return ''
  return `the seller's consent ${endWords(end, now)}: authorise again, lockstep accounts authorise ${name}`
}
