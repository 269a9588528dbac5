import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Deployment, StatefulSet } from 'kubernetes-models/apps/v1'
import { Job } from 'kubernetes-models/batch/v1'
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1'
import { ConfigMap, Namespace, Service, ServiceAccount } from 'kubernetes-models/v1'
import { titleOf, type KubernetesObject } from './objects.ts'

const root = join(import.meta.dirname, '..', '..')

interface Model {
  new (data: never): { validate(): void }
}

/** The kinds we use. One that is missing here is a problem, never passed over. */
const models: Record<string, Model> = {
  'apps/v1/Deployment': Deployment,
  'apps/v1/StatefulSet': StatefulSet,
  'batch/v1/Job': Job,
  'networking.k8s.io/v1/NetworkPolicy': NetworkPolicy,
  'policy/v1/PodDisruptionBudget': PodDisruptionBudget,
  'v1/ConfigMap': ConfigMap,
  'v1/Namespace': Namespace,
  'v1/Service': Service,
  'v1/ServiceAccount': ServiceAccount,
}

const modelKey = ({ apiVersion, kind }: KubernetesObject): string => `${apiVersion}/${kind}`

/**
 * What Kubernetes' own schema says against the objects, one line each; the list's index is the object's. Two checks, because neither sees all:
 * the validators find wrong types, missing fields, bad quantities and bad enums, and let misspelt fields through; those the compiler finds,
 * as properties too many in a literal of the kind's type.
 */
export function schemaProblems(objects: readonly KubernetesObject[]): string[][] {
  const misspelt = compilerProblems(objects)
  return objects.map((object, index) => [...validatorProblems(object), ...(misspelt.get(index) ?? [])])
}

function validatorProblems(object: KubernetesObject): string[] {
  const Kind = models[modelKey(object)]
  if (!Kind) return [`${titleOf(object)}: no schema for ${object.apiVersion} ${object.kind}`]
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what it is, is what the validator is asked
    new Kind(object as never).validate()
    return []
  } catch (error) {
    return [`${titleOf(object)}: ${error instanceof Error ? error.message : String(error)}`]
  }
}

const options = {
  extends: '../../tsconfig.base.json',
  compilerOptions: { noEmit: true, types: [], skipLibCheck: true },
  files: ['objects.ts'],
}

function compilerProblems(objects: readonly KubernetesObject[]): Map<number, string[]> {
  // Inside the project, so that the compiler finds the types.
  mkdirSync(join(root, '.lockstep'), { recursive: true })
  const folder = mkdtempSync(join(root, '.lockstep', 'k8s-types-'))
  try {
    const { text, lines } = literals(objects)
    writeFileSync(join(folder, 'objects.ts'), text)
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(options))
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
    const { status, stdout, stderr } = spawnSync(process.execPath, [tsc, '--pretty', 'false', '-p', folder], {
      encoding: 'utf8',
      cwd: folder,
    })
    const problems = byObject(stdout, lines, objects)
    if (status !== 0 && problems.size === 0) throw new Error(`the compiler failed: ${stdout}${stderr}`)
    return problems
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** One constant per object, and the line on which each begins. */
function literals(objects: readonly KubernetesObject[]): { text: string; lines: number[] } {
  const keys = [...new Set(objects.map(modelKey))].filter((key) => models[key])
  const written = keys.map((key, index) => {
    const [, apiVersion, kind] = /^(.*)\/([^/]+)$/.exec(key) ?? []
    return `import type { I${kind} as T${index} } from 'kubernetes-models/${apiVersion}'`
  })
  const lines: number[] = []
  for (const object of objects) {
    lines.push(written.length + 1)
    const type = keys.indexOf(modelKey(object))
    if (type >= 0) {
      const literal = JSON.stringify(object, null, 1)
      written.push(...`export const o${lines.length}: T${type} = ${literal}`.split('\n'))
    }
  }
  return { text: written.join('\n'), lines }
}

function byObject(
  output: string,
  lines: readonly number[],
  objects: readonly KubernetesObject[],
): Map<number, string[]> {
  const problems = new Map<number, string[]>()
  for (const [, line, message] of output.matchAll(/^objects\.ts\((\d+),\d+\): error (.*)$/gm)) {
    const index = lines.findLastIndex((first) => first <= Number(line))
    const object = objects[index]
    if (object) problems.set(index, [...(problems.get(index) ?? []), `${titleOf(object)}: ${message}`])
  }
  return problems
}
