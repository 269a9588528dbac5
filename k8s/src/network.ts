import type { INetworkPolicy, INetworkPolicyPeer, INetworkPolicyPort } from 'kubernetes-models/networking.k8s.io/v1'
import { ofKind, workloadsOf, type KubernetesObject, type Workload } from './objects.ts'

/** Who may speak to whom, as `from → to:port`. Pods outside stand as `namespace kube-system`, addresses as `internet`. */
export function allowedEdges(objects: readonly KubernetesObject[]): string[] {
  const policies = ofKind(objects, 'NetworkPolicy')
  const workloads = workloadsOf(objects)
  const within = workloads.flatMap((from) => workloads.flatMap((to) => edgesBetween(from, to, policies)))
  const outward = workloads.flatMap((from) => outwardEdges(from, policies))
  const inward = workloads.flatMap((to) => inwardEdges(to, policies))
  return [...new Set([...within, ...outward, ...inward])].toSorted()
}

/** Workloads that some policy does not close in both directions: what no rule names would be open. */
export function openWorkloads(objects: readonly KubernetesObject[]): string[] {
  const closing = ofKind(objects, 'NetworkPolicy').filter(
    ({ spec }) => spec && Object.keys(spec.podSelector ?? {}).length === 0,
  )
  const types = new Set(closing.flatMap(({ spec }) => spec?.policyTypes ?? []))
  return types.has('Ingress') && types.has('Egress') ? [] : workloadsOf(objects).map(({ title }) => title)
}

interface Rule {
  peers: INetworkPolicyPeer[]
  ports: INetworkPolicyPort[]
}

function egressOf(workload: Workload, policies: readonly INetworkPolicy[]): Rule[] {
  const rules = applying(workload, policies, 'Egress').flatMap(({ spec }) => spec?.egress ?? [])
  return rules.map(({ to = [], ports = [] }) => ({ peers: whole(to), ports: whole(ports) }))
}

function ingressOf(workload: Workload, policies: readonly INetworkPolicy[]): Rule[] {
  const rules = applying(workload, policies, 'Ingress').flatMap(({ spec }) => spec?.ingress ?? [])
  return rules.map(({ from = [], ports = [] }) => ({ peers: whole(from), ports: whole(ports) }))
}

/** An empty list means "all" to Kubernetes; ours always say whom and which. */
function whole<T>(list: readonly T[]): T[] {
  if (list.length === 0) throw new Error('a rule without peers or ports lets everything through')
  return [...list]
}

function applying(
  workload: Workload,
  policies: readonly INetworkPolicy[],
  type: 'Ingress' | 'Egress',
): INetworkPolicy[] {
  return policies.filter(({ spec }) => spec?.policyTypes?.includes(type) && selects(spec.podSelector, workload))
}

/** An edge needs both ends: the one may send, the other may receive. */
function edgesBetween(from: Workload, to: Workload, policies: readonly INetworkPolicy[]): string[] {
  const sent = egressOf(from, policies).filter(({ peers }) => peers.some((peer) => isPod(peer, to)))
  const received = ingressOf(to, policies).filter(({ peers }) => peers.some((peer) => isPod(peer, from)))
  const heard = new Set(received.flatMap(({ ports }) => ports.map(portOf)))
  const ports = sent.flatMap((rule) => rule.ports.map(portOf)).filter((port) => heard.has(port))
  return ports.map((port) => `${nameOf(from)} → ${nameOf(to)}:${port}`)
}

function outwardEdges(from: Workload, policies: readonly INetworkPolicy[]): string[] {
  return egressOf(from, policies).flatMap(({ peers, ports }) =>
    peers
      .filter(isOutside)
      .flatMap((peer) => ports.map((port) => `${nameOf(from)} → ${outsideName(peer)}:${portOf(port)}`)),
  )
}

function inwardEdges(to: Workload, policies: readonly INetworkPolicy[]): string[] {
  return ingressOf(to, policies).flatMap(({ peers, ports }) =>
    peers
      .filter(isOutside)
      .flatMap((peer) => ports.map((port) => `${outsideName(peer)} → ${nameOf(to)}:${portOf(port)}`)),
  )
}

const isOutside = (peer: INetworkPolicyPeer): boolean => Boolean(peer.ipBlock ?? peer.namespaceSelector)

function outsideName({ ipBlock, namespaceSelector }: INetworkPolicyPeer): string {
  if (!ipBlock) return `namespace ${Object.values(namespaceSelector?.matchLabels ?? {}).join()}`
  const excepted = ipBlock.except ?? []
  const isPublic = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16'].every((range) =>
    excepted.includes(range),
  )
  return isPublic || excepted.includes('fc00::/7') ? 'internet' : `everywhere (${ipBlock.cidr})`
}

function isPod(peer: INetworkPolicyPeer, workload: Workload): boolean {
  return !isOutside(peer) && peer.podSelector !== undefined && selects(peer.podSelector, workload)
}

function selects(selector: INetworkPolicyPeer['podSelector'], { labels }: Workload): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {}
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      if (operator !== 'In') throw new Error(`${operator} is not understood here`)
      return values.includes(labels[key] ?? '')
    })
  )
}

const portOf = ({ port, protocol = 'TCP' }: INetworkPolicyPort): string =>
  protocol === 'TCP' ? String(port) : `${port}/${protocol}`

/** Jobs carry their release in their name, their pods' label does not. */
const nameOf = ({ labels, name }: Workload): string => labels['app.kubernetes.io/name'] ?? name
