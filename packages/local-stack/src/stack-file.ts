import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { serviceKinds } from './service-kinds.ts'
import { simulatorUrl } from './ports.ts'
import type { StackOptions } from './stack-options.ts'

/** Writes `stack.json`, by which the command line and other tools find a running stack from its home. */
export function writeStackFile({ home, ports, portBase }: StackOptions): void {
  const content = {
    pid: process.pid,
    started_at: new Date().toISOString(),
    port_base: portBase ?? null,
    console: `http://127.0.0.1:${ports.services.console}`,
    simulator: simulatorUrl(ports),
    services: Object.fromEntries(
      serviceKinds
        .filter(({ speaks }) => speaks === 'grpc')
        .map(({ name }) => [name, `127.0.0.1:${ports.services[name]}`]),
    ),
  }
  const file = stackFile(home)
  writeFileSync(`${file}.new`, `${JSON.stringify(content, undefined, 2)}\n`)
  renameSync(`${file}.new`, file)
}

export function removeStackFile(home: string): void {
  rmSync(stackFile(home), { force: true })
}

function stackFile(home: string): string {
  return join(home, 'stack.json')
}
