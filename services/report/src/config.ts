import { address, durationMs, flag, loadSettings, natsUrl, port, postgresUrl } from '@lockstep/settings/load'
import { z } from 'zod'

/** Every setting of the service, by the name of its variable. */
export const Settings = z.object({
  REPORT_DATABASE_URL: postgresUrl(),
  REPORT_GRPC_PORT: port().default(7104),
  NATS_URL: natsUrl(),
  CHANNEL_CONNECTOR_ADDRESS: address().default('127.0.0.1:7102'),
  /** The first looks at Amazon come this far apart; later ones less often, every two minutes at most. */
  REPORT_CHECK_INTERVAL_MS: durationMs().default(15_000),
  GRPC_HOST: z.string().default('127.0.0.1'),
  /** False in a cluster: a job brings the schema up to date, and the service waits for it. */
  MIGRATE_AT_START: flag().default(true),
})

/** The settings of this service. */
export type Config = z.output<typeof Settings>

/** Reads the settings; every problem is reported at once. */
export const loadConfig = (env: Record<string, string | undefined>): Config => loadSettings(Settings, env)
