import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { projectFolder } from './project.ts'

/** What `npm start` was asked to do. */
export interface StartConfig {
  /** Absolute. */
  home: string
  portBase: number
  /** End everything again once it is healthy and the demo is loaded. */
  once: boolean
  demo: boolean
  help: boolean
}

/** Raised for an argument or a variable that cannot be used; its message names the value and what to set. */
export class StartConfigError extends Error {
  override name = 'StartConfigError'
}

export const startHelp = `npm start [-- --once] [-- --no-demo]

Starts Postgres, NATS, the Amazon simulator, all services and the console on this machine, on 127.0.0.1 only.
Ctrl-C stops all of it; the data stays.

  --once      stop everything again as soon as it is healthy and the demo is loaded
  --no-demo   do not load the demo
  --help      this text

  LOCKSTEP_HOME        where data, logs and secrets are kept (default .lockstep in the project)
  LOCKSTEP_PORT_BASE   the port all others are counted from (default 7100)
  AMAZON_ENDPOINT, AMAZON_LWA_ENDPOINT, AMAZON_LWA_CLIENT_ID, AMAZON_LWA_CLIENT_SECRET, AMAZON_APPLICATION_ID
                       an Amazon of your own instead of the simulator
`

/** Reads arguments and environment. Throws `StartConfigError` for the first thing that cannot be used. */
export function startConfig(args: readonly string[], env: NodeJS.ProcessEnv): StartConfig {
  const { once, help, 'no-demo': noDemo } = parse(args)
  return {
    home: resolve(env['LOCKSTEP_HOME'] || join(projectFolder, '.lockstep')),
    portBase: portBase(env['LOCKSTEP_PORT_BASE'] || '7100'),
    once,
    demo: !noDemo,
    help,
  }
}

function parse(args: readonly string[]): { once: boolean; help: boolean; 'no-demo': boolean } {
  const flag = { type: 'boolean', default: false } as const
  try {
    return parseArgs({ args: [...args], options: { once: flag, help: { ...flag, short: 'h' }, 'no-demo': flag } })
      .values
  } catch (error) {
    throw new StartConfigError(`${error instanceof Error ? error.message : String(error)}\n\n${startHelp}`)
  }
}

/** 100 ports above the base are used, and ports below 1024 belong to root. */
function portBase(text: string): number {
  const base = Number(text)
  if (Number.isInteger(base) && base >= 1024 && base <= 65_435) return base
  throw new StartConfigError(
    `LOCKSTEP_PORT_BASE: "${text}" is not a port to count from: set a whole number between 1024 and 65435, such as 7100`,
  )
}
