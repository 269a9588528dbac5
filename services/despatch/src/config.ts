import { address, durationMs, flag, loadSettings, natsUrl, port, postgresUrl } from '@lockstep/settings/load'
import { z } from 'zod'

/** Every setting of the service, by the name of its variable. */
export const Settings = z.object({
  DESPATCH_DATABASE_URL: postgresUrl(),
  DESPATCH_GRPC_PORT: port().default(7105),
  NATS_URL: natsUrl(),
  CHANNEL_CONNECTOR_ADDRESS: address().default('127.0.0.1:7102'),
  ORDER_DOWNLOAD_ADDRESS: address().default('127.0.0.1:7103'),
  /** How long after Amazon took a despatch it is asked whether it shows it; a poll usually tells earlier. */
  DESPATCH_CONFIRM_AFTER_MS: durationMs().default(15 * 60_000),
  /** An order read longer ago than this is read again before Amazon is told. */
  DESPATCH_SNAPSHOT_MAX_AGE_MS: durationMs().default(2 * 60_000),
  GRPC_HOST: z.string().default('127.0.0.1'),
  /** False in a cluster: a job brings the schema up to date, and the service waits for it. */
  MIGRATE_AT_START: flag().default(true),
})

/** The settings of this service. */
export type Config = z.output<typeof Settings>

/** Reads the settings; every problem is reported at once. */
export const loadConfig = (env: Record<string, string | undefined>): Config => loadSettings(Settings, env)
