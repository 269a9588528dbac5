import { join } from 'node:path'
import { amazonEnvironment, namesOwnAmazon } from './amazon-environment.ts'
import { databaseRole, databaseUrl } from './databases.ts'
import { answersHttp, isServing } from './health.ts'
import { projectFolder, serviceFolder } from './project.ts'
import type { StackSecrets } from './secrets.ts'
import { serviceKind, serviceKinds, type ServiceKind, type ServiceName } from './service-kinds.ts'
import { simulatorUrl } from './ports.ts'
import type { ReplicaOptions, StackOptions } from './stack-options.ts'
import { SupervisedProcess } from './supervised-process.ts'

export interface ServiceOptions extends StackOptions {
  service: ServiceName
  secrets: StackSecrets
  replica?: ReplicaOptions
}

/** Starts one process of a service as production does, from its own folder with telemetry loaded first, and waits until it says it is ready. */
export function startService(options: ServiceOptions): Promise<SupervisedProcess> {
  const kind = serviceKind(options.service)
  const name = options.replica?.name ?? kind.name
  const port = options.replica?.port ?? options.ports.services[kind.name]
  return SupervisedProcess.start({
    spec: {
      name,
      command: process.execPath,
      args: [...memoryFlags, '--import', '@lockstep/telemetry/register', 'src/main.ts'],
      cwd: serviceFolder(kind.name),
      env: serviceEnvironment(kind, port, options),
      logFile: join(options.home, 'logs', `${name}.log`),
      runFolder: join(options.home, 'run'),
      stopSignal: 'SIGTERM',
      stopWithinMs: 15_000,
    },
    isHealthy: (signal) =>
      kind.speaks === 'grpc'
        ? isServing(`127.0.0.1:${port}`, 'readiness', signal)
        : answersHttp(`http://127.0.0.1:${port}/`, signal),
    startWithinMs: 60_000,
    onUnexpectedExit: options.onUnexpectedExit,
    giveUp: options.giveUp,
    say: options.say,
  })
}

/** A service of this size needs far less than V8 would take on a large machine before it collects. */
const memoryFlags = ['--max-old-space-size=192', '--max-semi-space-size=16']

function serviceEnvironment(kind: ServiceKind, port: number, options: ServiceOptions): NodeJS.ProcessEnv {
  const { ports, secrets, replica } = options
  const metricsPort = String(replica?.metricsPort ?? ports.metrics[kind.name])
  const own = {
    [`${kind.variable}_DATABASE_URL`]: databaseUrl(
      options.postgresUrl,
      databaseRole(kind.name, options.databasePrefix, secrets),
    ),
    [`${kind.variable}_${kind.speaks === 'grpc' ? 'GRPC' : 'HTTP'}_PORT`]: String(port),
    [`${kind.variable}_METRICS_PORT`]: metricsPort,
    METRICS_PORT: metricsPort,
    OTEL_SERVICE_NAME: kind.name,
    NATS_URL: options.natsUrl,
    NODE_COMPILE_CACHE: join(projectFolder, '.lockstep', 'compile-cache'),
  }
  const connector = {
    CHANNEL_CONNECTOR_KEY_FILE: secrets.connectorKeyFile,
    ...amazonEnvironment(
      { simulatorUrl: simulatorUrl(ports), consoleUrl: `http://127.0.0.1:${ports.services.console}` },
      process.env,
    ),
  }
  return {
    ...inheritedEnvironment(),
    ...own,
    ...peerAddresses(ports.services),
    ...(kind.name === 'channel-connector' && connector),
    // The console says so when Amazon is a simulator.
    ...(kind.name === 'console' &&
      !namesOwnAmazon(simulatorUrl(ports), process.env) && { SIMULATOR_URL: simulatorUrl(ports) }),
    ...options.env,
    ...replica?.env,
  }
}

function peerAddresses(ports: Record<ServiceName, number>): NodeJS.ProcessEnv {
  const peers = serviceKinds.filter(({ speaks }) => speaks === 'grpc')
  return Object.fromEntries(peers.map(({ name, variable }) => [`${variable}_ADDRESS`, `127.0.0.1:${ports[name]}`]))
}

/** What a child gets of our own environment: all of it (settings such as LOG_LEVEL are meant for the services), but nothing that changes how Node itself runs. */
function inheritedEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_OPTIONS$|NODE_V8_COVERAGE$|JEST_)/i.test(name)),
  )
}
