import type { Logger } from '@lockstep/telemetry/logger'
import type { Kysely } from 'kysely'
import type { CallAmazonDeps } from '../../commands/call-amazon.ts'
import type { GrantedLimits } from '../../config.ts'
import type { ChannelDb } from '../../store/database.ts'
import type { SealingKeys } from '../../store/sealing.ts'
import { AccessTokens } from './access-tokens.ts'
import { AmazonDoor, type AmazonDoorSettings } from './amazon-door.ts'
import { CallLog } from './call-log.ts'
import { logExchange } from './log-exchange.ts'
import { noteExchange } from './connection-states.ts'
import { SlotLines } from './slot-lines.ts'

/** What a gateway is opened with. */
export interface GatewayOptions {
  db: Kysely<ChannelDb>
  /** The same database over a pool of its own: tokens are taken through it, never behind other work. `db` when absent. */
  bucketDb?: Kysely<ChannelDb>
  log: Logger
  keys: SealingKeys
  amazon: AmazonDoorSettings
  apiCallsKeptMs: number
  /** Limits in place of the documented ones. */
  grantedLimits?: GrantedLimits
}

/** This process's way to Amazon. Any number of processes share the buckets. Disposal lets nobody wait and writes what is left of the log. */
export type Gateway = CallAmazonDeps & AsyncDisposable

/** Opens the gateway. Nothing connects before the first call. */
export function openGateway(options: GatewayOptions): Gateway {
  const { db, bucketDb = db, log, keys, amazon, apiCallsKeptMs, grantedLimits = {} } = options
  const stack = new AsyncDisposableStack()
  const door = stack.use(new AmazonDoor(amazon, keys))
  const callLog = stack.use(new CallLog({ db, log, keptMs: apiCallsKeptMs }))
  const lines = stack.use(new SlotLines({ db: bucketDb }))
  const tokens = new AccessTokens({
    exchange: (connection) => door.exchange(connection),
    noteExchange: async (connection, exchange) => {
      await noteExchange({ db, log }, connection, exchange)
      logExchange(callLog, connection, exchange)
    },
  })
  return { db, log, door, tokens, lines, callLog, grantedLimits, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}
