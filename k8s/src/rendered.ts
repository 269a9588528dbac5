import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const k8s = join(import.meta.dirname, '..')
const kubectl = 'kubectl'

/** What is rendered and committed: the base as every overlay gets it, and the overlay for one machine. */
export const renderings = ['base', 'local'] as const

export type Rendering = (typeof renderings)[number]

const folders: Record<Rendering, string> = { base: 'base', local: 'overlays/local' }

/** Where the committed text of a rendering is. */
export function renderedFile(name: Rendering): string {
  return join(k8s, 'rendered', `${name}.yaml`)
}

/** The committed text of a rendering. */
export function readRendered(name: Rendering): string {
  return readFileSync(renderedFile(name), 'utf8')
}

/** What kubectl makes of the sources now. Throws with kubectl's words when they do not hold together. */
export function render(name: Rendering): string {
  const { status, stdout, stderr, error } = spawnSync(kubectl, ['kustomize', join(k8s, folders[name])], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status !== 0) throw new Error(`kubectl kustomize k8s/${folders[name]}: ${stderr || String(error)}`)
  return stdout
}

/** Whether this machine has a kubectl. */
export function hasKubectl(): boolean {
  return spawnSync(kubectl, ['version', '--client'], { stdio: 'ignore' }).status === 0
}
