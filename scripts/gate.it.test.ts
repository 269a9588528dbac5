import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'

const root = join(import.meta.dirname, '..')
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lockstep-gate-'))
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
})

describe('lint', () => {
  test('a promise that nobody waits for fails', () => {
    const output = lint(
      'floating',
      'async function send(): Promise<void> {}\n\nexport function sendLater(): void {\n  send()\n}\n',
    )

    expect(output).toContain('no-floating-promises')
  })

  test('an explicit any fails', () => {
    expect(lint('explicit-any', 'export const level: any = 4\n')).toContain('no-explicit-any')
  })

  test('an any that came in by itself fails where it is used', () => {
    const code = 'export function onHand(text: string): number {\n  return JSON.parse(text).onHand\n}\n'

    expect(lint('implicit-any', code)).toContain('no-unsafe-return')
  })

  test('a default export and the environment outside a config fail', () => {
    const output = lint('habits', "export default process.env['HOME']\n")

    expect(output).toContain('no-default-export')
    expect(output).toContain('no-process-env')
  })

  test('what obeys the rules passes', () => {
    expect(
      lint(
        'good',
        'export function available(onHand: number, reserved: number): number {\n  return onHand - reserved\n}\n',
      ),
    ).toBe('passed')
  })
})

describe('dependencies', () => {
  const forbidden = [
    { rule: 'service-to-service', from: 'services/inventory/src/x.ts', to: 'services/report/src/x.ts' },
    { rule: 'package-to-service', from: 'packages/bus/src/x.ts', to: 'services/report/src/x.ts' },
    { rule: 'simulator-stands-alone', from: 'packages/amazon-simulator/src/x.ts', to: 'packages/sp-api/src/x.ts' },
    { rule: 'pacing-is-pure', from: 'packages/pacing/src/x.ts', to: 'packages/sp-api/src/x.ts' },
    { rule: 'contracts-are-the-bottom', from: 'packages/contracts/src/x.ts', to: 'packages/rpc/src/x.ts' },
    { rule: 'testkit-only-in-tests', from: 'packages/bus/src/y.ts', to: 'packages/testkit/src/x.ts' },
    { rule: 'domain-stands-alone', from: 'services/despatch/src/domain/x.ts', to: 'services/despatch/src/store/y.ts' },
    {
      rule: 'store-and-events-below',
      from: 'services/despatch/src/store/x.ts',
      to: 'services/despatch/src/commands/y.ts',
    },
    {
      rule: 'commands-and-queries-below',
      from: 'services/despatch/src/queries/x.ts',
      to: 'services/despatch/src/rpc/y.ts',
    },
    {
      rule: 'migrations-stand-alone',
      from: 'services/despatch/src/migrations/x.ts',
      to: 'services/despatch/src/store/y.ts',
    },
    { rule: 'wired-once', from: 'services/despatch/src/rpc/x.ts', to: 'services/despatch/src/service.ts' },
    { rule: 'no-unresolvable', from: 'packages/bus/src/z.ts', to: undefined },
  ]

  test('every rule is broken by the import it forbids', () => {
    const files: Record<string, string> = {}
    for (const { from, to } of forbidden) {
      files[from] = `export { b } from '${to === undefined ? './nowhere.ts' : importPath(from, to)}'\n`
      if (to !== undefined) files[to] = 'export const b = 1\n'
    }
    const { status, output } = checkDependencies('forbidden', files)

    for (const { rule, from } of forbidden) expect(output).toContain(`${rule}: ${from}`)
    expect(status).toBe(1)
  })

  test('pacing may not read a file, and two modules may not need each other', () => {
    const { output } = checkDependencies('pure', {
      'packages/pacing/src/a.ts': "export { readFileSync } from 'node:fs'\n",
      'packages/bus/src/a.ts': "import { b } from './b.ts'\nexport const a = () => b\n",
      'packages/bus/src/b.ts': "import { a } from './a.ts'\nexport const b = () => a\n",
    })

    expect(output).toContain('pacing-does-no-io: packages/pacing/src/a.ts')
    expect(output).toContain('no-cycle: packages/bus/src/a.ts')
  })

  test('imports that point down pass', () => {
    const { status, output } = checkDependencies('down', {
      'services/inventory/src/rpc/a.ts': "export { b } from '../commands/b.ts'\n",
      'services/inventory/src/commands/b.ts': "export { c as b } from '../domain/c.ts'\n",
      'services/inventory/src/domain/c.ts': 'export const c = 1\n',
    })

    expect(output).toContain('3 modules, 0 forbidden imports')
    expect(status).toBe(0)
  })

  test('a check that read nothing does not pass', () => {
    const { status, output } = checkDependencies('nothing', { 'packages/bus/README.md': '' })

    expect(output).toContain('no module was read')
    expect(status).toBe(1)
  })
})

/** Lints one file under the project's own rules; answers `passed` or what was found. */
function lint(name: string, code: string): string {
  const project = join(folder, `lint-${name}`)
  write(project, {
    'packages/bus/src/a.ts': code,
    'tsconfig.json': readFileSync(join(root, 'tsconfig.base.json'), 'utf8').replace('"types": ["node"],', ''),
    'node.d.ts': 'declare const process: { env: Record<string, string> }\n',
  })
  const { status, stdout } = spawnSync(
    join(root, 'node_modules', '.bin', 'oxlint'),
    ['--config', join(root, '.oxlintrc.json'), '--format=unix', 'packages'],
    { cwd: project, encoding: 'utf8' },
  )
  return status === 0 ? 'passed' : stdout
}

function checkDependencies(name: string, files: Record<string, string>): { status: number | null; output: string } {
  const project = join(folder, `dependencies-${name}`)
  write(project, files)
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'scripts', 'check-dependencies.ts')], {
    cwd: project,
    encoding: 'utf8',
  })
  return { status, output: stdout + stderr }
}

function importPath(from: string, to: string): string {
  const path = relative(dirname(from), to)
  return path.startsWith('.') ? path : `./${path}`
}

function write(project: string, files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(project, name)), { recursive: true })
    writeFileSync(join(project, name), content)
  }
}
