import type { IDeployment, IStatefulSet } from 'kubernetes-models/apps/v1'
import type { IJob } from 'kubernetes-models/batch/v1'
import type { INetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1'
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1'
import type {
  IConfigMap,
  IContainer,
  INamespace,
  IPodTemplateSpec,
  IService,
  IServiceAccount,
} from 'kubernetes-models/v1'
import { parseAllDocuments } from 'yaml'
import { z } from 'zod'

const AnyObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
})

/** An object as written in a manifest; what else it holds is the schema check's matter. */
export type KubernetesObject = z.output<typeof AnyObject>

/** Every object of a manifest. Throws when the text is no YAML or one document is no object. */
export function readObjects(text: string): KubernetesObject[] {
  return parseAllDocuments(text).map((document) => {
    const [error] = document.errors
    if (error) throw error
    return AnyObject.parse(document.toJS())
  })
}

/** `Deployment/inventory` */
export function titleOf({ kind, metadata }: { kind: string; metadata?: { name?: string } | undefined }): string {
  return `${kind}/${metadata?.name ?? '?'}`
}

interface Kinds {
  ConfigMap: IConfigMap
  Deployment: IDeployment
  Job: IJob
  Namespace: INamespace
  NetworkPolicy: INetworkPolicy
  PodDisruptionBudget: IPodDisruptionBudget
  Service: IService
  ServiceAccount: IServiceAccount
  StatefulSet: IStatefulSet
}

/** The objects of one kind, typed. Meant for objects that passed the schema check. */
export function ofKind<K extends keyof Kinds>(objects: readonly KubernetesObject[], kind: K): Kinds[K][] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the schema check has compared every field with this type
  return objects.filter((object) => object.kind === kind) as unknown as Kinds[K][]
}

/** Whatever makes pods, with the template it makes them from. */
export interface Workload {
  title: string
  kind: 'Deployment' | 'StatefulSet' | 'Job'
  name: string
  /** Jobs count as one. */
  replicas: number
  labels: Record<string, string>
  pod: NonNullable<IPodTemplateSpec['spec']>
  /** The one container with our program or the server, and others, if any. */
  containers: IContainer[]
}

/** Every workload of a rendering. */
export function workloadsOf(objects: readonly KubernetesObject[]): Workload[] {
  return [
    ...ofKind(objects, 'Deployment').map((object) => workload('Deployment', object, object.spec?.replicas ?? 1)),
    ...ofKind(objects, 'StatefulSet').map((object) => workload('StatefulSet', object, object.spec?.replicas ?? 1)),
    ...ofKind(objects, 'Job').map((object) => workload('Job', object, 1)),
  ]
}

function workload(kind: Workload['kind'], object: IDeployment | IStatefulSet | IJob, replicas: number): Workload {
  const name = object.metadata?.name ?? '?'
  const template = object.spec?.template
  if (!template?.spec) throw new Error(`${kind}/${name} has no pod template`)
  const pod = template.spec
  const containers = [...pod.containers, ...(pod.initContainers ?? [])]
  return { title: `${kind}/${name}`, kind, name, replicas, labels: template.metadata?.labels ?? {}, pod, containers }
}

/** Whether the container runs one of our programs, which are Node's. */
export function runsOurs(container: IContainer): boolean {
  return container.image?.startsWith('lockstep/') ?? false
}

/** Every variable of a container by name: its value, or the secret it comes from. Values of the rendering's ConfigMaps are filled in. */
export function environmentOf(
  container: IContainer,
  objects: readonly KubernetesObject[],
): Map<string, EnvironmentValue> {
  const configMaps = new Map(ofKind(objects, 'ConfigMap').map((map) => [map.metadata?.name, map.data ?? {}]))
  const values = new Map<string, EnvironmentValue>()
  for (const { configMapRef } of container.envFrom ?? []) {
    for (const [name, value] of Object.entries(configMaps.get(configMapRef?.name) ?? {})) values.set(name, { value })
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const { secretKeyRef } = valueFrom ?? {}
    values.set(name, secretKeyRef ? { secret: secretKeyRef.name ?? '', key: secretKeyRef.key } : { value: value ?? '' })
  }
  return values
}

export type EnvironmentValue = { value: string } | { secret: string; key: string }
