import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { stageNamed, type Instruction } from './dockerfile.ts'

const root = join(import.meta.dirname, '..', '..')

/** What an image would hold, as a folder: `app` stands for the image's /app, and `workdir` is where its program starts. */
export interface ImageFolder {
  app: string
  workdir: string
}

/**
 * Does in a folder what the Dockerfile does in its stages, with the same commands; packages come from this machine's store, so no network is needed.
 * The folder must lie outside the repository: Node would find what is missing in the image there.
 */
export function buildImageFolder(service: string, folder: string): ImageFolder {
  runStages(['pruned', 'installed'], service, folder)
  const app = join(folder, 'app')
  return { app, workdir: join(app, 'services', service) }
}

/** Builds the console's page as its image does, and answers the folder it is in. */
export function buildPageFolder(folder: string): string {
  runStages(['pruned', 'page'], 'console', folder)
  return join(folder, 'page', 'services', 'console', 'dist')
}

function runStages(names: readonly string[], service: string, folder: string): void {
  for (const name of names) runStage(stageNamed(name).instructions, service, folder)
}

function runStage(instructions: readonly Instruction[], service: string, folder: string): void {
  let workdir = folder
  for (const { keyword, text } of instructions) {
    if (keyword === 'WORKDIR') workdir = directory(text, folder)
    else if (keyword === 'COPY') copy(text, workdir, folder)
    else if (keyword === 'RUN') run(text, { workdir, service, folder })
    else if (keyword !== 'ARG') throw new Error(`${keyword} is not understood here`)
  }
}

/** The source is the repository itself; every other place of the image is one of the folder. */
function directory(path: string, folder: string): string {
  if (path === '/source') return root
  const place = join(folder, path)
  mkdirSync(place, { recursive: true })
  return place
}

function copy(text: string, workdir: string, folder: string): void {
  if (text === '. .' && workdir === root) return
  const [, stage, from = '', to = ''] = /^(--from=\S+ )?(\S+) (\S+)$/.exec(text) ?? []
  const target = to.startsWith('/') ? join(folder, to) : resolve(workdir, to)
  if (stage) cpSync(join(folder, from), target, { recursive: true, verbatimSymlinks: true })
  else cpSync(join(root, from), join(target, from))
}

function run(text: string, { workdir, service, folder }: { workdir: string; service: string; folder: string }): void {
  const command = text
    .replace(/^--mount=\S+ /, '')
    .replace('--store-dir=/store', '--offline')
    .replaceAll(/(?<=[\s"#])\/(?=(?:pruned|app|full|page)\b)/g, `${folder}/`)
  execFileSync('sh', ['-ec', command], {
    cwd: workdir,
    env: { ...programEnvironment(), SERVICE: service, TURBO_TELEMETRY_DISABLED: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** The tools are on the path; nothing else of this process may decide what is built. */
function programEnvironment(): NodeJS.ProcessEnv {
  // oxlint-disable-next-line node/no-process-env -- where the tools are is known here alone
  const { PATH, HOME } = process.env
  return { ...(PATH && { PATH }), ...(HOME && { HOME }) }
}
