import { userInfo } from 'node:os'

import { address, loadSettings, natsUrl, port } from '@lockstep/settings/load'
import { z } from 'zod'

/** Every setting of the console, by the name of its variable. */
export const Settings = z.object({
  CONSOLE_HTTP_PORT: port().default(7100),
  NATS_URL: natsUrl(),
  INVENTORY_ADDRESS: address().default('127.0.0.1:7101'),
  CHANNEL_CONNECTOR_ADDRESS: address().default('127.0.0.1:7102'),
  ORDER_DOWNLOAD_ADDRESS: address().default('127.0.0.1:7103'),
  REPORT_ADDRESS: address().default('127.0.0.1:7104'),
  DESPATCH_ADDRESS: address().default('127.0.0.1:7105'),
  /** The address of the Amazon simulator, when it plays Amazon: the page then says so. */
  SIMULATOR_URL: z.url({ protocol: /^https?$/ }).optional(),
  /** Who acts through this console, as audit trails name them. Nobody signs in yet, so it is not verified. */
  LOCKSTEP_ACTOR: z.string().trim().min(1).max(100).optional(),
})

/** The settings of the console. */
export interface Config {
  readonly httpPort: number
  readonly natsUrl: string
  readonly addresses: Readonly<Record<PeerName, string>>
  readonly simulatorUrl: string | null
  readonly actor: string
}

/** The services that the console asks. */
export type PeerName = 'inventory' | 'channel-connector' | 'order-download' | 'report' | 'despatch'

/** Reads the settings; every problem is reported at once. */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const settings = loadSettings(Settings, env)
  return {
    httpPort: settings.CONSOLE_HTTP_PORT,
    natsUrl: settings.NATS_URL,
    addresses: {
      inventory: settings.INVENTORY_ADDRESS,
      'channel-connector': settings.CHANNEL_CONNECTOR_ADDRESS,
      'order-download': settings.ORDER_DOWNLOAD_ADDRESS,
      report: settings.REPORT_ADDRESS,
      despatch: settings.DESPATCH_ADDRESS,
    },
    simulatorUrl: settings.SIMULATOR_URL ?? null,
    actor: settings.LOCKSTEP_ACTOR ?? userInfo().username,
  }
}
