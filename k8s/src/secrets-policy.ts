import { environmentOf, ofKind, workloadsOf, type KubernetesObject } from './objects.ts'

/** A secret that must exist in the cluster, and one of its keys: `inventory-secrets/NATS_URL`. */
export function secretReferences(objects: readonly KubernetesObject[]): string[] {
  const references = workloadsOf(objects).flatMap(({ containers, pod }) => [
    ...containers.flatMap((container) =>
      [...environmentOf(container, objects).values()].flatMap((value) =>
        'secret' in value ? [`${value.secret}/${value.key}`] : [],
      ),
    ),
    ...(pod.volumes ?? []).flatMap(({ secret }) =>
      (secret?.items ?? []).map(({ key }) => `${secret?.secretName}/${key}`),
    ),
  ])
  return [...new Set(references)].toSorted()
}

const secretNames = /PASSWORD|SECRET|TOKEN|PRIVATE|DATABASE_URL|NATS_URL|CREDENTIAL/
const withPassword = /[a-z]+:\/\/[^/\s:@]+:[^/\s@]+@/i

/** Secrets are named, never written: not as a Secret, not in a ConfigMap, not as a variable's value. One line per breach. */
export function secretProblems(objects: readonly KubernetesObject[]): string[] {
  const written = ofKind(objects, 'ConfigMap').flatMap(({ metadata, data = {} }) =>
    Object.entries(data).map(([name, value]) => ({ place: `ConfigMap/${metadata?.name}`, name, value })),
  )
  const literal = workloadsOf(objects).flatMap(({ title, containers }) =>
    containers.flatMap(({ env = [] }) =>
      env.flatMap(({ name, value }) => (value === undefined ? [] : [{ place: title, name, value }])),
    ),
  )
  return [
    ...objects
      .filter(({ kind }) => kind === 'Secret')
      .map(({ metadata }) => `Secret/${metadata.name}: is written down`),
    ...[...written, ...literal]
      .filter(({ name, value }) => secretNames.test(name) || withPassword.test(value))
      .map(({ place, name }) => `${place}: ${name} belongs in a secret`),
  ]
}
