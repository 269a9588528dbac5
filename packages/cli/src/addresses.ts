import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { UsageError } from './output.ts'

/** Where each service listens, as host:port. */
export interface Addresses {
  readonly inventory: string
  readonly channel: string
  readonly orders: string
  readonly report: string
  readonly despatch: string
}

type Environment = Readonly<Record<string, string | undefined>>

const services = {
  inventory: { name: 'inventory', variable: 'INVENTORY_ADDRESS', offset: 1 },
  channel: { name: 'channel-connector', variable: 'CHANNEL_CONNECTOR_ADDRESS', offset: 2 },
  orders: { name: 'order-download', variable: 'ORDER_DOWNLOAD_ADDRESS', offset: 3 },
  report: { name: 'report', variable: 'REPORT_ADDRESS', offset: 4 },
  despatch: { name: 'despatch', variable: 'DESPATCH_ADDRESS', offset: 5 },
} as const

/** What each service is called. */
export const serviceNames: Readonly<Record<keyof Addresses, string>> = {
  inventory: services.inventory.name,
  channel: services.channel.name,
  orders: services.orders.name,
  report: services.report.name,
  despatch: services.despatch.name,
}

const DEFAULT_PORT_BASE = 7100
const projectHome = join(import.meta.dirname, '..', '..', '..', '.lockstep')

/**
 * Finds the stack: an address of its own per service (INVENTORY_ADDRESS …) wins, then LOCKSTEP_PORT_BASE, then what the running
 * stack has written into LOCKSTEP_HOME, then the default ports. Throws a UsageError for a port base that is none.
 */
export function findAddresses(env: Environment): Addresses {
  const base = portBase(env['LOCKSTEP_PORT_BASE'])
  const written = base === undefined ? writtenAddresses(env['LOCKSTEP_HOME'] ?? projectHome) : {}
  const atDefault = (offset: number): string => `127.0.0.1:${String((base ?? DEFAULT_PORT_BASE) + offset)}`
  const addressOf = ({ name, variable, offset }: (typeof services)[keyof Addresses]): string =>
    env[variable] ?? written[name] ?? atDefault(offset)
  return {
    inventory: addressOf(services.inventory),
    channel: addressOf(services.channel),
    orders: addressOf(services.orders),
    report: addressOf(services.report),
    despatch: addressOf(services.despatch),
  }
}

const MOST_OFFSET = 200

function portBase(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  const base = Number(text)
  if (Number.isInteger(base) && base > 0 && base + MOST_OFFSET <= 65_535) return base
  throw new UsageError(`LOCKSTEP_PORT_BASE is "${text}": set a port such as ${String(DEFAULT_PORT_BASE)}`)
}

/** The addresses in stack.json, by the services' names; none when no stack runs from there. */
function writtenAddresses(home: string): Readonly<Record<string, string>> {
  try {
    const stack: unknown = JSON.parse(readFileSync(join(home, 'stack.json'), 'utf8'))
    if (typeof stack === 'object' && stack !== null && 'services' in stack) return textsOf(stack.services)
  } catch {
    // No stack has run from here yet: the default ports are the best guess.
  }
  return {}
}

const textsOf = (value: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(value ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
