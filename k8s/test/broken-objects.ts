import type { KubernetesObject } from '../src/objects.ts'

/** A change that breaks an object: where, what stands there then (undefined: it is gone), and what a good check says of it. */
export interface Breakage {
  title: string
  change: Change
  says: RegExp
}

export interface Change {
  path: string
  value: unknown
}

const inContainer = 'spec.template.spec.containers.0'

const schemaBreakages: Record<string, Breakage[]> = {
  'Deployment/inventory': [
    broken('a misspelt probe', at(`${inContainer}.readinesProbe`, { grpc: { port: 7101 } }), /readinesProbe/),
    broken('a misspelt period', at(`${inContainer}.startupProbe.perodSeconds`, 3), /perodSeconds/),
    broken('a probe with a service that is a number', at(`${inContainer}.livenessProbe.grpc.service`, 3), /service/),
    broken('a probe without a port', at(`${inContainer}.livenessProbe.grpc.port`, undefined), /port/),
    broken('replicas in words', at('spec.replicas', 'two'), /replicas/),
    broken('half a replica', at('spec.replicas', 1.5), /replicas/),
    broken('no selector', at('spec.selector', undefined), /selector/),
    broken('no template', at('spec.template', undefined), /template/),
    broken('no containers', at('spec.template.spec.containers', undefined), /containers/),
    broken('a container without a name', at(`${inContainer}.name`, undefined), /name/),
    broken('arguments as one text', at(`${inContainer}.args`, 'src/main.ts'), /args/),
    broken('a port in words', at(`${inContainer}.ports.0.containerPort`, 'grpc'), /containerPort/),
    broken('a variable that is a number', at(`${inContainer}.env.0`, { name: 'A', value: 1 }), /value/),
    broken('a secret without its key', at(`${inContainer}.env.0.valueFrom.secretKeyRef`, { name: 'x' }), /key/),
    broken('a quantity that is none', at(`${inContainer}.resources.limits.memory`, '384 MB'), /memory/),
    broken('a misspelt limit', at(`${inContainer}.resources.limit`, { memory: '1Gi' }), /limit/),
    broken(
      'a switch in words',
      at(`${inContainer}.securityContext.readOnlyRootFilesystem`, 'yes'),
      /readOnlyRootFilesystem/,
    ),
    broken('a misspelt security field', at(`${inContainer}.securityContext.runAsNonroot`, true), /runAsNonroot/),
    broken('a user in words', at('spec.template.spec.securityContext.runAsUser', 'nobody'), /runAsUser/),
    broken('a field on the wrong level', at('spec.terminationGracePeriodSeconds', 45), /terminationGracePeriodSeconds/),
    broken('a misspelt strategy', at('spec.strategy.rollingUpdate.maxUnavailble', 1), /maxUnavailble/),
    broken('a preStop pause in words', at(`${inContainer}.lifecycle.preStop.sleep.seconds`, '5s'), /seconds/),
    broken(
      'a spread without a key',
      at('spec.template.spec.topologySpreadConstraints.0.topologyKey', undefined),
      /topologyKey/,
    ),
    broken('a volume without a name', at('spec.template.spec.volumes.0.name', undefined), /name/),
    broken('labels that are no texts', at('metadata.labels.release', 1), /release|labels/),
    broken('an older version of the kind', at('apiVersion', 'apps/v1beta1'), /no schema|apiVersion/),
  ],
  'Service/inventory': [
    broken('a port in words', at('spec.ports.0.port', 'grpc'), /port/),
    broken('a misspelt selector', at('spec.selectors', { a: 'b' }), /selectors/),
  ],
  'NetworkPolicy/inventory': [
    broken('a misspelt direction', at('spec.engress', []), /engress/),
    broken('a peer that is a text', at('spec.egress.0.to.0', 'postgres'), /data\/spec\/egress/),
  ],
  'PodDisruptionBudget/inventory': [broken('a misspelt budget', at('spec.maxUnavailabe', 1), /maxUnavailabe/)],
  'Namespace/lockstep': [broken('a kind nobody knows', at('kind', 'Namspace'), /no schema/)],
}

/** Copies of good objects, each broken in one place. */
export function brokenObjects(
  good: readonly KubernetesObject[],
): { title: string; object: KubernetesObject; says: RegExp }[] {
  return Object.entries(schemaBreakages).flatMap(([name, changes]) =>
    changes.map(({ title, change, says }) => {
      const object = changed(objectNamed(good, name), change)
      return { title: `${name}: ${title}`, object, says }
    }),
  )
}

/** All objects, one of them broken. */
export function withBreakage(good: readonly KubernetesObject[], name: string, change: Change): KubernetesObject[] {
  const chosen = objectNamed(good, name)
  return good.map((object) => (object === chosen ? changed(object, change) : object))
}

function broken(title: string, change: Change, says: RegExp): Breakage {
  return { title, change, says }
}

/** The value at a path of the object; undefined takes the field away. */
export function at(path: string, value: unknown): Change {
  return { path, value }
}

function objectNamed(objects: readonly KubernetesObject[], name: string): KubernetesObject {
  const found = objects.find(({ kind, metadata }) => `${kind}/${metadata.name}`.startsWith(name))
  if (!found) throw new Error(`there is no ${name}`)
  return found
}

function changed(object: KubernetesObject, { path, value }: Change): KubernetesObject {
  const copy = structuredClone(object)
  const steps = path.split('.')
  const last = steps.pop() ?? ''
  let place: unknown = copy
  for (const step of steps) place = Reflect.get(asObject(place, path), step)
  if (value === undefined) Reflect.deleteProperty(asObject(place, path), last)
  else Reflect.set(asObject(place, path), last, value)
  return copy
}

function asObject(value: unknown, path: string): object {
  if (typeof value !== 'object' || value === null) throw new Error(`${path} leads nowhere`)
  return value
}
