import type { IContainer, IVolume } from 'kubernetes-models/v1'
import { ofKind, runsOurs, workloadsOf, type KubernetesObject, type Workload } from './objects.ts'
import { bytesOf } from './quantity.ts'

/** What every pod owes: restricted pod security, a root that cannot be written, no token, its own account, known resources. One line per breach. */
export function podProblems(objects: readonly KubernetesObject[]): string[] {
  const workloads = workloadsOf(objects)
  return [
    ...workloads.flatMap((workload) => [
      ...podBreaches(workload).map((breach) => `${workload.title}: ${breach}`),
      ...workload.containers.flatMap((container) =>
        containerBreaches(container, workload).map((breach) => `${workload.title} ${container.name}: ${breach}`),
      ),
    ]),
    ...accountProblems(objects, workloads),
  ]
}

const allowedVolumes: ReadonlySet<string> = new Set([
  'configMap',
  'emptyDir',
  'persistentVolumeClaim',
  'projected',
  'secret',
])

function podBreaches({ pod }: Workload): string[] {
  const { securityContext } = pod
  return breaches({
    'mounts an account token': pod.automountServiceAccountToken !== false,
    'gets service links': pod.enableServiceLinks !== false,
    'shares a namespace of its node': Boolean(pod.hostNetwork ?? pod.hostPID ?? pod.hostIPC),
    'may run as root': securityContext?.runAsNonRoot !== true || !securityContext.runAsUser,
    'has no seccomp profile': securityContext?.seccompProfile?.type !== 'RuntimeDefault',
    'has a volume of a forbidden type': (pod.volumes ?? []).some((volume) => !isAllowed(volume)),
    'has an empty folder without a limit': (pod.volumes ?? []).some(({ emptyDir }) => emptyDir && !emptyDir.sizeLimit),
  })
}

function isAllowed(volume: IVolume): boolean {
  return Object.keys(volume).every((key) => key === 'name' || allowedVolumes.has(key))
}

function containerBreaches(container: IContainer, workload: Workload): string[] {
  const { securityContext, resources, image = '' } = container
  const requests = resources?.requests ?? {}
  const variables = (container.env ?? []).map(({ name }) => name)
  return breaches({
    'may gain privileges': securityContext?.allowPrivilegeEscalation !== false || securityContext.privileged === true,
    'may write its root': securityContext?.readOnlyRootFilesystem !== true,
    'keeps capabilities': !isBare(securityContext?.capabilities),
    'has an image without a fixed tag': !/:[^:/]+$/.test(image) || image.endsWith(':latest'),
    'requests no cpu or memory': !requests['cpu'] || !requests['memory'],
    'has no memory limit': !resources?.limits?.['memory'],
    'is throttled by a cpu limit': Boolean(resources?.limits?.['cpu']),
    'has no /tmp': !container.volumeMounts?.some(({ mountPath }) => mountPath === '/tmp'),
    'mounts a volume that is not there': mountsNothing(container, workload),
    'has a variable twice': new Set(variables).size < variables.length,
    'is not Node as process 1':
      runsOurs(container) && (container.command !== undefined || !container.args?.at(-1)?.endsWith('main.ts')),
    'has a heap that does not fit its limit': runsOurs(container) && !heapFits(container),
  })
}

function isBare(capabilities: { add?: string[]; drop?: string[] } | undefined): boolean {
  return (capabilities?.drop?.includes('ALL') ?? false) && (capabilities?.add ?? []).length === 0
}

function mountsNothing({ volumeMounts = [] }: IContainer, { pod, kind }: Workload): boolean {
  const names = new Set(pod.volumes?.map(({ name }) => name))
  // The claims of a StatefulSet stand beside its template.
  return volumeMounts.some(({ name }) => !names.has(name) && !(kind === 'StatefulSet' && name === 'data'))
}

/** Between 60 and 80 % of the memory limit: less is wasted, more is killed. */
function heapFits({ args = [], resources }: IContainer): boolean {
  const [, heap] = /--max-old-space-size=(\d+)/.exec(args.join(' ')) ?? []
  const limit = bytesOf(resources?.limits?.['memory'] ?? 0)
  const share = (Number(heap ?? 0) * 2 ** 20) / limit
  return share >= 0.6 && share <= 0.8
}

function accountProblems(objects: readonly KubernetesObject[], workloads: readonly Workload[]): string[] {
  const accounts = ofKind(objects, 'ServiceAccount')
  const names = new Set(accounts.map(({ metadata }) => metadata?.name))
  const used = workloads.map(({ pod }) => pod.serviceAccountName)
  return [
    ...workloads
      .filter(({ pod }) => !names.has(pod.serviceAccountName))
      .map(({ title, pod }) => `${title}: its account ${pod.serviceAccountName ?? 'default'} is not there`),
    ...accounts
      .filter(({ metadata }) => used.filter((name) => name === metadata?.name).length !== 1)
      .map(({ metadata }) => `ServiceAccount/${metadata?.name}: belongs to one workload, no more and no fewer`),
    ...accounts
      .filter(({ automountServiceAccountToken }) => automountServiceAccountToken !== false)
      .map(({ metadata }) => `ServiceAccount/${metadata?.name}: hands out tokens`),
    ...objects
      .filter(({ apiVersion }) => apiVersion.startsWith('rbac.'))
      .map(({ kind, metadata }) => `${kind}/${metadata.name}: nothing of ours asks the cluster's API`),
  ]
}

/** The descriptions whose condition holds. */
export function breaches(conditions: Record<string, boolean | undefined>): string[] {
  return Object.keys(conditions).filter((description) => conditions[description])
}
