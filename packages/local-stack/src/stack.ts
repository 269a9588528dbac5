import { databaseRole, ensureDatabases } from './databases.ts'
import { simulatorUrl, type StackPorts } from './ports.ts'
import { presentServices } from './project.ts'
import { openSecrets } from './secrets.ts'
import type { ServiceName } from './service-kinds.ts'
import { startService } from './service-process.ts'
import { startSimulatorProcess } from './simulator-process.ts'
import type { ReplicaOptions, StackOptions } from './stack-options.ts'
import { removeStackFile, writeStackFile } from './stack-file.ts'
import type { SupervisedProcess } from './supervised-process.ts'

/** Everything of a running stack but Postgres and NATS. Disposing it ends all its processes. */
export interface Stack extends AsyncDisposable {
  ports: StackPorts
  /** The base URL of the Amazon simulator. */
  simulatorUrl: string
  /** host:port of a service's gRPC server, for the console of its HTTP server. */
  address(service: ServiceName): string
  /** The process of a service or of the simulator. */
  process(name: ServiceName | 'simulator'): SupervisedProcess
  /** Starts one more process of a service, beside the first and on the same database. It ends with the stack. */
  startReplica(service: ServiceName, options: ReplicaOptions): Promise<SupervisedProcess>
}

/**
 * Starts the simulator and the services and waits until all of them are healthy. When one is not, everything that was started
 * is ended again and the error carries the end of its log.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const services = options.services ?? presentServices()
  const secrets = openSecrets(options.home)
  await ensureDatabases(
    options.postgresUrl,
    services.map((name) => databaseRole(name, options.databasePrefix, secrets)),
  )
  await using started = new AsyncDisposableStack()
  const processes = new Map<string, SupervisedProcess>()
  started.defer(() => stopAll(processes))
  const begin = async (name: string, process: Promise<SupervisedProcess>) => {
    processes.set(name, await process)
    return process
  }
  await allOrError([
    begin('simulator', startSimulatorProcess({ ...options, port: options.ports.simulator })),
    ...services.map((name) => begin(name, startService({ ...options, service: name, secrets }))),
  ])
  writeStackFile(options)
  started.defer(() => removeStackFile(options.home))
  const owned = started.move()
  return {
    ports: options.ports,
    simulatorUrl: simulatorUrl(options.ports),
    address: (service) => `127.0.0.1:${options.ports.services[service]}`,
    process: (name) => {
      const process = processes.get(name)
      if (!process) throw new Error(`${name} is not part of this stack`)
      return process
    },
    startReplica: (service, replica) => begin(replica.name, startService({ ...options, service, secrets, replica })),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}

/** Waits for all, also when one fails, so that nothing is still being started while the rest is ended. */
async function allOrError(starts: readonly Promise<unknown>[]): Promise<void> {
  const outcomes = await Promise.allSettled(starts)
  const failures = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }): unknown => reason)
  if (failures.length === 0) return
  const messages = failures.map((failure) => (failure instanceof Error ? failure.message : String(failure)))
  throw new AggregateError(failures, messages.join('\n\n'))
}

/** All at once: each needs a moment to finish what it is doing, and they do not wait for one another. */
async function stopAll(processes: ReadonlyMap<string, SupervisedProcess>): Promise<void> {
  await Promise.all([...processes.values()].map((process) => process.stop()))
}
