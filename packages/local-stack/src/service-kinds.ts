/** What a stack must know about each service to start it: names, ports and databases as the project's contracts fix them. */
export const serviceKinds = [
  { name: 'inventory', variable: 'INVENTORY', database: 'inventory', portOffset: 1, metricsOffset: 11, speaks: 'grpc' },
  {
    name: 'channel-connector',
    variable: 'CHANNEL_CONNECTOR',
    database: 'channel',
    portOffset: 2,
    metricsOffset: 12,
    speaks: 'grpc',
  },
  {
    name: 'order-download',
    variable: 'ORDER_DOWNLOAD',
    database: 'orders',
    portOffset: 3,
    metricsOffset: 13,
    speaks: 'grpc',
  },
  { name: 'report', variable: 'REPORT', database: 'report', portOffset: 4, metricsOffset: 14, speaks: 'grpc' },
  { name: 'despatch', variable: 'DESPATCH', database: 'despatch', portOffset: 5, metricsOffset: 15, speaks: 'grpc' },
  { name: 'console', variable: 'CONSOLE', database: 'console', portOffset: 0, metricsOffset: 16, speaks: 'http' },
] as const

export type ServiceKind = (typeof serviceKinds)[number]
export type ServiceName = ServiceKind['name']

/** The kind with this name. Throws for a name no service has. */
export function serviceKind(name: ServiceName): ServiceKind {
  const kind = serviceKinds.find((candidate) => candidate.name === name)
  if (!kind) throw new Error(`${name} is not a service`)
  return kind
}
