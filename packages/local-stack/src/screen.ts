import { relative } from 'node:path'
import type { StartConfig } from './config.ts'
import { simulatorUrl, type AllPorts } from './ports.ts'
import { presentServices } from './project.ts'

/** Says lines to the person at the terminal, each with the seconds since the start. */
export function progress(): (line: string) => void {
  const startedAt = performance.now()
  return (line) => {
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
    process.stdout.write(`${seconds.padStart(6)} s  ${line}\n`)
  }
}

/** What stands on the screen once everything runs: where to look, and what to try. */
export function greeting({ home, portBase, demo }: StartConfig, ports: AllPorts): string {
  const services = presentServices().filter((name) => name !== 'console')
  const inProject = relative(process.cwd(), home)
  const folder = inProject.startsWith('..') ? home : inProject
  const variable = portBase === 7100 ? '' : `LOCKSTEP_PORT_BASE=${portBase} `
  return `
Lockstep is running.

  console     http://127.0.0.1:${ports.services.console}
  Amazon      ${simulatorUrl(ports)} (a simulator${demo ? ' with quick delays for the demo, Amazon’s own limits' : ''})
  gRPC        ${services.map((name) => `${name} :${ports.services[name]}`).join(', ')}
  logs        ${folder}/logs

Try

  ${variable}npx --no-install lockstep stock show TEST_SS7052
  ${variable}npx --no-install lockstep stock set TEST_SS7052 8
  ${variable}npx --no-install lockstep why UK TEST_SS7052

Ctrl-C stops everything and keeps the data.
`
}
