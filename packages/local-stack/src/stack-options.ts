import type { StackPorts } from './ports.ts'
import type { ServiceName } from './service-kinds.ts'

export interface StackOptions {
  /** Logs, pid files, secrets and the simulator's state go below it. */
  home: string
  ports: StackPorts
  /** The port all others are counted from, when they are; written down for the command line. */
  portBase?: number
  /** A superuser's URL of a running Postgres. */
  postgresUrl: string
  /** A running NATS server, with the credentials the services use. */
  natsUrl: string
  /** In front of every database's name. */
  databasePrefix: string
  /** Which services to start; default all that the project has. */
  services?: readonly ServiceName[]
  /** Settings for every service, such as AMAZON_ENDPOINT. They win over what the stack sets itself. */
  env?: NodeJS.ProcessEnv
  /** Whether a process that dies is started again. */
  onUnexpectedExit: 'restart' | 'leave'
  /** Aborted when the start is no longer wanted; it then throws, with everything it had started ended again. */
  giveUp?: AbortSignal | undefined
  say: (line: string) => void
}

/** A further process of a service: its own ports, and what differs in its environment. */
export interface ReplicaOptions {
  /** Its name in logs and pid files. */
  name: string
  port: number
  metricsPort: number
  env?: NodeJS.ProcessEnv
}
