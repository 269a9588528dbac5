import { address, durationMs, flag, loadSettings, natsUrl, port, postgresUrl } from '@lockstep/settings/load'
import { z } from 'zod'

/** Every setting of the service, by the name of its variable. */
export const Settings = z.object({
  /** The database of this service's own role. */
  ORDER_DOWNLOAD_DATABASE_URL: postgresUrl(),
  ORDER_DOWNLOAD_GRPC_PORT: port().default(7103),
  /** The address the server listens on: all of them inside a pod, this machine only elsewhere. */
  GRPC_HOST: z.string().default('127.0.0.1'),
  /** False in a cluster: a job brings the schema up to date, and the service waits for it. */
  MIGRATE_AT_START: flag().default(true),
  NATS_URL: natsUrl(),
  /** Owner of connections, links and the only way to Amazon. */
  CHANNEL_CONNECTOR_ADDRESS: address().default('127.0.0.1:7102'),
  /** Pause between the end of a poll and the next. Amazon refills one read of a seller's orders in about three minutes, up to 20. */
  ORDER_DOWNLOAD_POLL_INTERVAL_MS: durationMs().default(300_000),
  /** How far each poll reaches back behind the bound of the last one: orders that Amazon showed late are found again. */
  ORDER_DOWNLOAD_OVERLAP_MS: durationMs().default(600_000),
  /** How far the first run of an account reaches back for open orders. */
  ORDER_DOWNLOAD_FIRST_RUN_MS: durationMs().default(30 * 86_400_000),
  /** How often connections are read again beside the account events. */
  ORDER_DOWNLOAD_CONNECTIONS_REFRESH_MS: durationMs().default(30_000),
})

/** The settings of order-download. */
export interface Config {
  databaseUrl: string
  grpcPort: number
  grpcHost: string
  migrateAtStart: boolean
  natsUrl: string
  channelConnectorAddress: string
  intervalMs: number
  overlapMs: number
  firstRunMs: number
  connectionsRefreshMs: number
}

/** Reads every setting at once, or throws with every problem. */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const settings = loadSettings(Settings, env)
  return {
    databaseUrl: settings.ORDER_DOWNLOAD_DATABASE_URL,
    grpcPort: settings.ORDER_DOWNLOAD_GRPC_PORT,
    grpcHost: settings.GRPC_HOST,
    migrateAtStart: settings.MIGRATE_AT_START,
    natsUrl: settings.NATS_URL,
    channelConnectorAddress: settings.CHANNEL_CONNECTOR_ADDRESS,
    intervalMs: settings.ORDER_DOWNLOAD_POLL_INTERVAL_MS,
    overlapMs: settings.ORDER_DOWNLOAD_OVERLAP_MS,
    firstRunMs: settings.ORDER_DOWNLOAD_FIRST_RUN_MS,
    connectionsRefreshMs: settings.ORDER_DOWNLOAD_CONNECTIONS_REFRESH_MS,
  }
}
