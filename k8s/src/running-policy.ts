import type { IDeployment } from 'kubernetes-models/apps/v1'
import type { IJob } from 'kubernetes-models/batch/v1'
import type { IContainer, IProbe } from 'kubernetes-models/v1'
import { ofKind, titleOf, workloadsOf, type KubernetesObject, type Workload } from './objects.ts'
import { breaches } from './pod-policy.ts'

/** A message at work may take this long before the broker hands it to somebody else. */
const ackWaitSeconds = 30

/** How pods are watched, exchanged, spread, found and ended. One line per breach. */
export function runningProblems(objects: readonly KubernetesObject[]): string[] {
  const workloads = workloadsOf(objects)
  return [
    ...workloads.filter(({ kind }) => kind !== 'Job').flatMap(probeProblems),
    ...ofKind(objects, 'Deployment').flatMap((deployment) => deploymentProblems(deployment, objects)),
    ...ofKind(objects, 'Job').flatMap(jobProblems),
    ...serviceProblems(objects, workloads),
  ]
}

const probes = { startup: 'startupProbe', readiness: 'readinessProbe', liveness: 'livenessProbe' } as const

function probeProblems({ title, containers }: Workload): string[] {
  return containers.flatMap((container) =>
    Object.entries(probes).flatMap(([name, field]) =>
      probeBreaches(container, container[field], name).map((breach) => `${title}: its ${field} ${breach}`),
    ),
  )
}

function probeBreaches(container: IContainer, probe: IProbe | undefined, name: string): string[] {
  if (!probe) return ['is missing']
  const ports = container.ports ?? []
  const handlers = [probe.grpc, probe.httpGet, probe.tcpSocket, probe.exec].filter((handler) => handler !== undefined)
  const port = probe.grpc?.port ?? probe.httpGet?.port ?? probe.tcpSocket?.port
  return breaches({
    'has no handler, or several': handlers.length !== 1,
    'asks a port that is not declared':
      port !== undefined && !ports.some((declared) => declared.containerPort === port || declared.name === port),
    'asks another health name': probe.grpc !== undefined && probe.grpc.service !== name,
    'asks another way than by gRPC': ports.some((declared) => declared.name === 'grpc') && probe.grpc === undefined,
  })
}

function deploymentProblems(deployment: IDeployment, objects: readonly KubernetesObject[]): string[] {
  const { metadata, spec } = deployment
  const pod = spec?.template.spec
  const labels = spec?.template.metadata?.labels
  const replicas = spec?.replicas ?? 1
  const preStop = pod?.containers[0]?.lifecycle?.preStop?.sleep?.seconds
  const budgets = ofKind(objects, 'PodDisruptionBudget').filter((budget) =>
    matches(budget.spec?.selector?.matchLabels, labels),
  )
  const { maxUnavailable, maxSurge } = spec?.strategy?.rollingUpdate ?? {}
  const found = breaches({
    'selects other pods than its own': !matches(spec?.selector.matchLabels, labels),
    'says nothing of its exchange': maxUnavailable === undefined || maxSurge === undefined,
    'may stay without a pod that is ready': replicas === 1 && maxUnavailable !== 0 && maxSurge !== 0,
    'stops without a pause for its clients': !preStop,
    'is killed before its last message is done':
      (pod?.terminationGracePeriodSeconds ?? 30) <= (preStop ?? 0) + ackWaitSeconds,
    'has several replicas and no budget, or one and a budget': replicas >= 2 !== (budgets.length === 1),
    'has a budget that holds up drains': budgets.some(
      (budget) => budget.spec?.maxUnavailable !== 1 || budget.spec.unhealthyPodEvictionPolicy !== 'AlwaysAllow',
    ),
    'has several replicas and does not spread them':
      replicas >= 2 && !spreads(pod?.topologySpreadConstraints ?? [], labels),
  })
  return found.map((breach) => `${titleOf({ kind: 'Deployment', metadata })}: ${breach}`)
}

function spreads(
  constraints: readonly { topologyKey: string; labelSelector?: { matchLabels?: Record<string, string> } }[],
  labels: Record<string, string> | undefined,
): boolean {
  const keys = constraints.filter(({ labelSelector }) => matches(labelSelector?.matchLabels, labels))
  return keys.some(({ topologyKey }) => topologyKey === 'kubernetes.io/hostname')
}

function jobProblems({ metadata, spec }: IJob): string[] {
  const pod = spec?.template.spec
  const tag = pod?.containers[0]?.image?.split(':').at(-1)?.replaceAll('.', '-')
  const found = breaches({
    'stays for ever when it is done': !spec?.ttlSecondsAfterFinished,
    'tries for ever, or not again': !spec?.backoffLimit,
    'may hang for ever': !spec?.activeDeadlineSeconds,
    'restarts in place, where its log is lost': pod?.restartPolicy !== 'Never',
    'is not named after its release': !metadata?.name?.endsWith(`-${tag}`),
  })
  return found.map((breach) => `${titleOf({ kind: 'Job', metadata })}: ${breach}`)
}

function serviceProblems(objects: readonly KubernetesObject[], workloads: readonly Workload[]): string[] {
  return ofKind(objects, 'Service').flatMap(({ metadata, spec }) => {
    const backed = workloads.filter(({ labels }) => matches(spec?.selector, labels))
    const declared = backed.flatMap(({ containers }) => containers.flatMap(({ ports }) => ports ?? []))
    const found = breaches({
      'selects no pod': backed.length === 0,
      'pins clients to one pod': spec?.clusterIP !== 'None',
      'leads to a port that is not declared': spec?.ports?.some(
        ({ targetPort, port }) =>
          !declared.some(({ name, containerPort }) => name === targetPort && containerPort === port),
      ),
    })
    return found.map((breach) => `${titleOf({ kind: 'Service', metadata })}: ${breach}`)
  })
}

/** Whether the selector names these labels. One without any label selects nothing here: we always name what we mean. */
export function matches(
  selector: Record<string, string> | undefined,
  labels: Record<string, string> | undefined,
): boolean {
  const wanted = Object.entries(selector ?? {})
  return wanted.length > 0 && wanted.every(([key, value]) => labels?.[key] === value)
}
