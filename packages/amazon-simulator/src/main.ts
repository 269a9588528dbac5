import { startSimulatorServer, type SimulatorOptions } from './server.ts'

/** SIMULATOR_PORT (7200), SIMULATOR_STATE_FILE (none), SIMULATOR_CLOCK (real), SIMULATOR_SEED, SIMULATOR_PROFILE (amazon). */
function optionsFrom(env: NodeJS.ProcessEnv): SimulatorOptions {
  const port = Number(env['SIMULATOR_PORT'] ?? 7200)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`SIMULATOR_PORT: '${env['SIMULATOR_PORT']}' must be a port number from 0 to 65535`)
  }
  const clock = env['SIMULATOR_CLOCK'] ?? 'real'
  if (clock !== 'real' && clock !== 'virtual') throw new Error(`SIMULATOR_CLOCK: '${clock}' must be real or virtual`)
  const profile = env['SIMULATOR_PROFILE'] ?? 'amazon'
  if (profile !== 'amazon' && profile !== 'demo')
    throw new Error(`SIMULATOR_PROFILE: '${profile}' must be amazon or demo`)
  const stateFile = env['SIMULATOR_STATE_FILE']
  const seed = env['SIMULATOR_SEED']
  return { port, clock, profile, ...(stateFile ? { stateFile } : {}), ...(seed ? { seed } : {}) }
}

async function main(): Promise<void> {
  const server = await startSimulatorServer(optionsFrom(process.env))
  process.stdout.write(`Amazon simulator (not Amazon) on ${server.url}\n`)
  const stop = (): void => void server.close()
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

try {
  await main()
} catch (err) {
  process.stderr.write(`${err instanceof Error ? err.message : String(err)}\n`)
  process.exitCode = 1
}
