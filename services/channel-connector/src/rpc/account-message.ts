import {
  type Account as AccountMessage,
  ConnectionState,
} from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import { applicationHold } from '../channels/amazon/connection-states.ts'
import type { Account } from '../store/accounts.ts'
import type { ConnectionStateName } from '../store/account-tables.ts'

const states: Record<ConnectionStateName, ConnectionState> = {
  no_credentials: ConnectionState.NO_CREDENTIALS,
  untested: ConnectionState.UNTESTED,
  connected: ConnectionState.CONNECTED,
  reauthorise: ConnectionState.REAUTHORISE,
  application_refused: ConnectionState.APPLICATION_REFUSED,
}

/** How a connection stands, as the contract says it. */
export function connectionStateMessage(state: ConnectionStateName): ConnectionState {
  return states[state]
}

/** An account as the contract shows it. */
export function accountMessage(account: Account): AccountMessage {
  return {
    id: account.id,
    name: account.name,
    connectionId: account.connectionId,
    sellerId: account.sellerId,
    region: account.region,
    marketplace: account.marketplace,
    marketplaceId: account.marketplaceId,
    settings: {
      enabled: account.enabled,
      updateInventory: account.updateInventory,
      maxListed: account.maxListed ?? undefined,
      stockPercentage: account.stockPercentage ?? undefined,
      endWhen: account.endWhen ?? undefined,
      defaultLeadTimeDays: account.defaultLeadTimeDays ?? undefined,
      channelSpecificStock: account.channelSpecificStock,
      despatchNotes: account.despatchNotes,
    },
    locationIds: account.locationIds,
    orderLocationId: account.orderLocationId ?? '',
    connectionState: connectionStateMessage(account.connectionState),
    connectionDetail: detailOf(account),
    pausedAt: account.pausedAt ?? undefined,
    pausedHard: account.pausedHard,
    createdAt: account.createdAt,
    inventorySyncedAt: account.inventorySyncedAt ?? undefined,
  }
}

/** Why the connection stands so, and the one next step; empty when all is well. */
function detailOf({ name, connectionState, connectionDetail }: Account): string {
  switch (connectionState) {
    case 'no_credentials':
      return `no refresh token is stored: lockstep accounts authorise ${name}`
    case 'reauthorise':
      return `${connectionDetail}: authorise again, lockstep accounts authorise ${name}`
    case 'application_refused':
      return `${connectionDetail}: ${applicationHold('').nextStep}`
    case 'untested':
    case 'connected':
      return ''
    default:
      return connectionState satisfies never
  }
}
