import { type Account, ConnectionState } from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import type { GetSyncStatusResponse } from '@lockstep/contracts/generated/lockstep/channel/v1/sync_service.ts'
import type { GetOrderSyncResponse } from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'

import type { AccountAnswer, ConnectionState as ConnectionWord, OrderSyncAnswer, PushAnswer } from '../wire/account.ts'
import { instant, textOrNull } from './values.ts'

const connectionWords: Readonly<Record<ConnectionState, ConnectionWord>> = {
  [ConnectionState.UNSPECIFIED]: 'unknown',
  [ConnectionState.UNRECOGNIZED]: 'unknown',
  [ConnectionState.NO_CREDENTIALS]: 'no_credentials',
  [ConnectionState.UNTESTED]: 'untested',
  [ConnectionState.CONNECTED]: 'connected',
  [ConnectionState.REAUTHORISE]: 'reauthorise',
  [ConnectionState.APPLICATION_REFUSED]: 'application_refused',
}

/** What three services know of an account; a part is undefined when its service could not say. */
export interface AccountParts {
  readonly account: Account
  readonly push: GetSyncStatusResponse | undefined
  readonly orders: GetOrderSyncResponse | undefined
}

/** An account with how its push and its orders stand. */
export function accountAnswer({ account, push, orders }: AccountParts): AccountAnswer {
  const since = instant(account.pausedAt)
  return {
    id: account.id,
    name: account.name,
    sellerId: account.sellerId,
    region: account.region,
    marketplace: account.marketplace,
    enabled: account.settings?.enabled ?? false,
    updateInventory: account.settings?.updateInventory ?? false,
    paused: since === null ? null : { since, hard: account.pausedHard },
    connection: {
      state: connectionWords[account.connectionState],
      detail: textOrNull(account.connectionDetail),
    },
    hasLocations: account.locationIds.length > 0,
    inventorySyncedAt: instant(account.inventorySyncedAt),
    push: push ? pushAnswer(push) : null,
    orders: orders ? orderSyncAnswer(orders) : null,
  }
}

function pushAnswer({ linked, states, oldestWaiting, massZero, unseenOpen }: GetSyncStatusResponse): PushAnswer {
  return {
    linked,
    states: Object.fromEntries(Object.entries(states).filter(([, count]) => count > 0)),
    oldestWaiting: oldestWaiting
      ? {
          channelSku: oldestWaiting.channelSku,
          since: instant(oldestWaiting.since),
          blockedBy: textOrNull(oldestWaiting.blockedBy),
        }
      : null,
    massZero: massZero?.count ?? null,
    unseenOpen,
  }
}

function orderSyncAnswer(sync: GetOrderSyncResponse): OrderSyncAnswer {
  return {
    coveredUntil: instant(sync.coveredUntil),
    lastPollAt: instant(sync.lastPollAt),
    lastPollResult: textOrNull(sync.lastPollResult),
    nextPollAt: instant(sync.nextPollAt),
    detail: textOrNull(sync.detail),
  }
}
