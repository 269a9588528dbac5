import { flag, loadSettings, natsUrl, port, postgresUrl } from '@lockstep/settings/load'
import { z } from 'zod'

/** Every setting of the service, by the name of its variable. */
export const Settings = z.object({
  INVENTORY_DATABASE_URL: postgresUrl(),
  INVENTORY_GRPC_PORT: port().default(7101),
  NATS_URL: natsUrl(),
  // The address the server listens on: all of them inside a pod, this machine only elsewhere.
  GRPC_HOST: z.string().default('127.0.0.1'),
  // False in a cluster: a job brings the schema up to date, and the service waits for it.
  MIGRATE_AT_START: flag().default(true),
})

/** The settings of inventory. */
export interface Config {
  databaseUrl: string
  grpcPort: number
  grpcHost: string
  migrateAtStart: boolean
  natsUrl: string
}

/** Reads the settings; every problem is reported at once, as a SettingsError. */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const settings = loadSettings(Settings, env)
  return {
    databaseUrl: settings.INVENTORY_DATABASE_URL,
    grpcPort: settings.INVENTORY_GRPC_PORT,
    grpcHost: settings.GRPC_HOST,
    migrateAtStart: settings.MIGRATE_AT_START,
    natsUrl: settings.NATS_URL,
  }
}
