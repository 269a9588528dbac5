import { serviceKind, serviceKinds, type ServiceKind, type ServiceName } from './service-kinds.ts'

/** Where the processes of one stack listen, all on 127.0.0.1. */
export interface StackPorts {
  /** gRPC, for the console HTTP. */
  services: Record<ServiceName, number>
  metrics: Record<ServiceName, number>
  simulator: number
}

/** The ports of a stack together with those of its servers. */
export interface AllPorts extends StackPorts {
  postgres: number
  nats: number
  natsMonitoring: number
}

/** The ports a stack takes when all of them are counted from one base: console at the base, services after it. */
export function portsFrom(base: number): AllPorts {
  return {
    services: portPerService((kind) => base + kind.portOffset),
    metrics: portPerService((kind) => base + kind.metricsOffset),
    simulator: base + 100,
    postgres: base + 50,
    nats: base + 51,
    natsMonitoring: base + 52,
  }
}

/** Every port with its purpose in words, to check or to print. */
export function portPurposes(ports: AllPorts): Map<number, string> {
  return new Map([
    ...serviceKinds.map(({ name }) => [ports.services[name], name] as const),
    ...serviceKinds.map(({ name }) => [ports.metrics[name], `metrics of ${name}`] as const),
    [ports.simulator, 'Amazon simulator'],
    [ports.postgres, 'Postgres'],
    [ports.nats, 'NATS'],
    [ports.natsMonitoring, 'monitoring of NATS'],
  ])
}

/** Where the simulator of a stack listens. */
export function simulatorUrl(ports: StackPorts): string {
  return `http://127.0.0.1:${ports.simulator}`
}

/** Asks for one port per service. */
export function portPerService(port: (kind: ServiceKind) => number): Record<ServiceName, number> {
  return {
    inventory: port(serviceKind('inventory')),
    'channel-connector': port(serviceKind('channel-connector')),
    'order-download': port(serviceKind('order-download')),
    report: port(serviceKind('report')),
    despatch: port(serviceKind('despatch')),
    console: port(serviceKind('console')),
  }
}
