import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { allowedEdges, openWorkloads } from '../src/network.ts'
import { environmentOf, readObjects, workloadsOf, type KubernetesObject } from '../src/objects.ts'
import { podProblems } from '../src/pod-policy.ts'
import { readRendered, renderings } from '../src/rendered.ts'
import { runningProblems } from '../src/running-policy.ts'
import { secretProblems, secretReferences } from '../src/secrets-policy.ts'
import { at, withBreakage, type Change } from './broken-objects.ts'

const base = readObjects(readRendered('base'))
const local = readObjects(readRendered('local'))

for (const name of renderings) {
  const objects = readObjects(readRendered(name))

  test(`[OP7] [OP12] [OP14] ${name}: every pod is restricted, has its own account, and a heap that fits`, () => {
    expect(workloadsOf(objects).length).toBeGreaterThanOrEqual(10)
    expect(podProblems(objects)).toEqual([])
  })

  test(`[OP8] [OP11] ${name}: pods are watched, exchanged, spread and ended as they should be`, () => {
    expect(runningProblems(objects)).toEqual([])
  })

  test(`[OP13] ${name}: who may speak to whom is what the settings say, and nobody else`, () => {
    expect(openWorkloads(objects)).toEqual([])
    expect(allowedEdges(objects)).toEqual(expectedEdges(objects))
  })

  test(`[OP15] ${name}: secrets are named, never written`, () => {
    expect(secretProblems(objects)).toEqual([])
  })
}

test('[OP13] Amazon is reached by the connector, its presigned documents by report as well, and by nobody else', () => {
  const outward = allowedEdges(local).filter((edge) => edge.includes('→ internet') || edge.includes('→ everywhere'))

  expect(outward).toEqual(['channel-connector → internet:443', 'report → internet:443'])
})

test('the console, which has no sign-in, is not in the base and is behind no Service', () => {
  expect(base.filter(({ metadata }) => metadata.name.includes('console'))).toEqual([])
  expect(local.filter(({ kind, metadata }) => kind === 'Service' && metadata.name.includes('console'))).toEqual([])
})

test('[OP15] the README names every secret that an overlay has to bring', () => {
  const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8')
  const lines = readme.split('\n').filter((line) => line.startsWith('| `'))

  for (const reference of secretReferences(base)) {
    const [secret, key] = reference.split('/')
    expect(lines.find((line) => line.startsWith(`| \`${secret}\``))).toContain(`\`${key}\``)
  }
})

const container = 'spec.template.spec.containers.0'
const inventory = 'Deployment/inventory'
const job = 'Job/inventory-migrations'
type Breach = [
  title: string,
  problemsOf: (objects: KubernetesObject[]) => string[],
  name: string,
  change: Change,
  says: string,
]
const breakages: Breach[] = [
  ['a token', podProblems, inventory, at('spec.template.spec.automountServiceAccountToken', true), 'account token'],
  ['root', podProblems, inventory, at('spec.template.spec.securityContext.runAsNonRoot', false), 'run as root'],
  ['root in a job', podProblems, job, at('spec.template.spec.securityContext.runAsUser', 0), 'run as root'],
  ['no seccomp', podProblems, inventory, at('spec.template.spec.securityContext.seccompProfile', undefined), 'seccomp'],
  ['the node’s network', podProblems, inventory, at('spec.template.spec.hostNetwork', true), 'namespace of its node'],
  [
    'a folder of the node',
    podProblems,
    inventory,
    at('spec.template.spec.volumes.0', { name: 'tmp', hostPath: { path: '/' } }),
    'forbidden type',
  ],
  [
    'privileges',
    podProblems,
    inventory,
    at(`${container}.securityContext.allowPrivilegeEscalation`, true),
    'gain privileges',
  ],
  [
    'a root to write',
    podProblems,
    job,
    at(`${container}.securityContext.readOnlyRootFilesystem`, false),
    'write its root',
  ],
  [
    'a capability',
    podProblems,
    inventory,
    at(`${container}.securityContext.capabilities.add`, ['NET_ADMIN']),
    'capabilities',
  ],
  ['a moving tag', podProblems, inventory, at(`${container}.image`, 'lockstep/inventory:latest'), 'fixed tag'],
  ['no requests', podProblems, job, at(`${container}.resources.requests`, undefined), 'requests no cpu'],
  ['no memory limit', podProblems, inventory, at(`${container}.resources.limits`, undefined), 'no memory limit'],
  [
    'a heap as large as the limit',
    podProblems,
    inventory,
    at(`${container}.args.0`, '--max-old-space-size=384'),
    'heap',
  ],
  ['a shell before Node', podProblems, inventory, at(`${container}.command`, ['sh', '-c']), 'process 1'],
  [
    'somebody else’s account',
    podProblems,
    inventory,
    at('spec.template.spec.serviceAccountName', 'report'),
    'one workload',
  ],
  [
    'an account that is not there',
    podProblems,
    inventory,
    at('spec.template.spec.serviceAccountName', 'none'),
    'not there',
  ],
  [
    'no liveness probe',
    runningProblems,
    inventory,
    at(`${container}.livenessProbe`, undefined),
    'livenessProbe is missing',
  ],
  ['two handlers', runningProblems, inventory, at(`${container}.readinessProbe.tcpSocket`, { port: 7101 }), 'several'],
  [
    'another health name',
    runningProblems,
    inventory,
    at(`${container}.livenessProbe.grpc.service`, 'readiness'),
    'another health name',
  ],
  ['a port nobody opens', runningProblems, inventory, at(`${container}.startupProbe.grpc.port`, 1), 'not declared'],
  ['another selector', runningProblems, inventory, at('spec.selector.matchLabels', { app: 'x' }), 'other pods'],
  ['one replica with a budget', runningProblems, inventory, at('spec.replicas', 1), 'one and a budget'],
  [
    'a budget that blocks',
    runningProblems,
    'PodDisruptionBudget/inventory',
    at('spec.maxUnavailable', 0),
    'holds up drains',
  ],
  [
    'no time to end',
    runningProblems,
    inventory,
    at('spec.template.spec.terminationGracePeriodSeconds', 30),
    'killed before',
  ],
  ['no pause', runningProblems, inventory, at(`${container}.lifecycle`, undefined), 'without a pause'],
  ['no spread', runningProblems, inventory, at('spec.template.spec.topologySpreadConstraints', undefined), 'spread'],
  ['a job of another release', runningProblems, job, at(`${container}.image`, 'lockstep/inventory:9.9.9'), 'release'],
  ['a job that stays', runningProblems, job, at('spec.ttlSecondsAfterFinished', undefined), 'stays for ever'],
  ['a cluster address', runningProblems, 'Service/inventory', at('spec.clusterIP', undefined), 'pins clients'],
  ['a Service for nothing', runningProblems, 'Service/inventory', at('spec.selector', { app: 'x' }), 'selects no pod'],
  [
    'an address with its password',
    secretProblems,
    'ConfigMap/inventory-settings',
    at('data.PEER', 'http://a:b@host'),
    'in a secret',
  ],
  [
    'a password in a variable',
    secretProblems,
    inventory,
    at(`${container}.env.0`, { name: 'NATS_URL', value: 'nats://x' }),
    'in a secret',
  ],
]

describe('[OP7] [OP8] [OP11] [OP12] [OP14] [OP15] a breach is named', () => {
  test.each(breakages.map((breach) => ({ title: breach[0], breach })))('$title', ({ breach }) => {
    const [, problemsOf, name, change, says] = breach
    expect(problemsOf(withBreakage(base, name, change)).join('\n')).toContain(says)
  })
})

describe('[OP13] a hole in the network is seen', () => {
  const policy = 'NetworkPolicy/inventory'
  test.each([
    ['HTTPS to anywhere', at('spec.egress.0', { to: [{ ipBlock: { cidr: '0.0.0.0/0' } }], ports: [{ port: 443 }] })],
    [
      'a caller more',
      at('spec.ingress.0.from.1', { podSelector: { matchLabels: { 'app.kubernetes.io/name': 'report' } } }),
    ],
    ['a caller fewer', at('spec.ingress.0.from', [{ podSelector: { matchLabels: { a: 'b' } } }])],
  ])('%s', (_, change) => {
    const objects = withBreakage(local, policy, change)
    // The other end has to agree before an edge is there.
    const opened = withBreakage(objects, 'NetworkPolicy/report', at('spec.egress.0', toInventory))

    expect(allowedEdges(opened)).not.toEqual(expectedEdges(local))
  })

  test('a rule without peers', () => {
    expect(() => allowedEdges(withBreakage(local, policy, at('spec.egress.0.to', [])))).toThrow('everything')
  })

  test('no default', () => {
    expect(
      openWorkloads(withBreakage(local, 'NetworkPolicy/default-deny', at('spec.policyTypes', ['Ingress']))),
    ).not.toEqual([])
  })
})

const toInventory = {
  to: [{ podSelector: { matchLabels: { 'app.kubernetes.io/name': 'inventory' } } }],
  ports: [{ port: 7101 }],
}

/** Every address a workload is given is an edge, and nothing else is but names, Amazon for the two, and whoever reads the metrics. */
function expectedEdges(objects: readonly KubernetesObject[]): string[] {
  const workloads = workloadsOf(objects)
  const present = new Set(workloads.map(({ labels }) => labels['app.kubernetes.io/name']))
  const edges = workloads.flatMap(({ labels, containers }) => {
    const name = labels['app.kubernetes.io/name'] ?? ''
    const values = containers.flatMap((each) => [...environmentOf(each, objects)])
    const peers = values.flatMap(([variable, given]) => peerOf(variable, 'value' in given ? given.value : undefined))
    const asksNames = labels['app.kubernetes.io/component'] !== 'infrastructure'
    const metrics = values.flatMap(([variable, given]) =>
      variable === 'METRICS_PORT' && 'value' in given ? given.value : [],
    )
    return [
      ...peers.filter((peer) => present.has(peer.split(':')[0])).map((peer) => `${name} → ${peer}`),
      ...(asksNames ? ['53', '53/UDP'].map((port) => `${name} → namespace kube-system:${port}`) : []),
      ...(['channel-connector', 'report'].includes(name) ? [`${name} → internet:443`] : []),
      ...metrics.map((port) => `namespace monitoring → ${name}:${port}`),
    ]
  })
  return [...new Set(edges)].toSorted()
}

function peerOf(variable: string, value: string | undefined): string[] {
  if (variable.endsWith('_DATABASE_URL')) return ['postgres:5432']
  if (variable === 'NATS_URL') return ['nats:4222']
  return variable.endsWith('_ADDRESS') && value ? [value.replace('dns:///', '')] : []
}
