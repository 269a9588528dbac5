import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { readObjects, titleOf } from '../src/objects.ts'
import { hasKubectl, readRendered, render, renderings } from '../src/rendered.ts'
import { schemaProblems } from '../src/schema.ts'
import { brokenObjects } from './broken-objects.ts'

const k8s = join(import.meta.dirname, '..')

// kubectl is not part of what a contributor must have; where it is, the committed text has to be what it renders.
const rendered = hasKubectl() ? renderings : []
describe('[OP5] the committed renderings', () => {
  for (const name of rendered) {
    test(`${name} is what kubectl renders; if not: node k8s/src/main.ts`, () => {
      expect(render(name)).toBe(readRendered(name))
    })
  }

  test('hold every object of the sources, kubectl or not', () => {
    const committed = renderings.flatMap((name) => readObjects(readRendered(name)).map(titleOf))
    const sources = [...filesBelow('base'), ...filesBelow('overlays')]
      .filter((file) => !file.endsWith('/kustomization.yaml'))
      .flatMap((file) => readObjects(readFileSync(file, 'utf8')).map(titleOf))

    expect(sources.length).toBeGreaterThan(40)
    // Jobs get their release behind their name.
    expect(
      sources.filter((title) => !committed.some((name) => name === title || name.startsWith(`${title}-`))),
    ).toEqual([])
  })

  test('every file of the sources is named by a kustomization, and every named file is there', () => {
    const named = kustomizations().flatMap((file) => namedBy(file).map((path) => join(dirname(file), path)))

    expect(named.filter((path) => !existsSync(path))).toEqual([])
    expect(sourceFiles().filter((file) => !named.includes(file))).toEqual([])
  })
})

describe('[OP6] the schema of Kubernetes', () => {
  test('accepts every object, knows every kind, and finds no misspelt field', () => {
    const objects = renderings.flatMap((name) => readObjects(readRendered(name)))

    expect(schemaProblems(objects).flat()).toEqual([])
  })

  test('refuses each of the broken objects, for the reason it was broken', () => {
    const broken = brokenObjects(readObjects(readRendered('base')))

    const problems = schemaProblems(broken.map(({ object }) => object))

    expect(broken.length).toBeGreaterThanOrEqual(25)
    const unnoticed = broken.filter(({ says }, index) => !says.test(problems[index]?.join('\n') ?? ''))
    expect(unnoticed.map(({ title }) => title)).toEqual([])
  })
})

function filesBelow(folder: string): string[] {
  return readdirSync(join(k8s, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.yaml'))
    .map((entry) => join(entry.parentPath, entry.name))
}

const allFiles = (): string[] => ['base', 'components', 'overlays'].flatMap(filesBelow)
const kustomizations = (): string[] => allFiles().filter((file) => file.endsWith('/kustomization.yaml'))
const sourceFiles = (): string[] => allFiles().filter((file) => !file.endsWith('/kustomization.yaml'))

interface Kustomization {
  resources?: string[]
  patches?: { path?: string }[]
}

/** The files a kustomization takes in; folders it takes in have kustomizations of their own. */
function namedBy(file: string): string[] {
  const { resources = [], patches = [] } = parse(readFileSync(file, 'utf8')) as Kustomization
  return [...resources, ...patches.flatMap(({ path }) => path ?? [])].filter((path) => path.endsWith('.yaml'))
}
