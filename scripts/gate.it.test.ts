import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
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
  const forbidden: [string, string, string, string][] = [
    ['service-to-service', 'services/inventory/src/a.ts', 'services/report/src/b.ts', '../../report/src/b.ts'],
    ['package-to-service', 'packages/bus/src/a.ts', 'services/report/src/b.ts', '../../../services/report/src/b.ts'],
    [
      'simulator-stands-alone',
      'packages/amazon-simulator/src/a.ts',
      'packages/sp-api/src/b.ts',
      '../../sp-api/src/b.ts',
    ],
    ['pacing-is-pure', 'packages/pacing/src/a.ts', 'packages/contracts/src/b.ts', '../../contracts/src/b.ts'],
    ['testkit-only-in-tests', 'packages/bus/src/a.ts', 'packages/testkit/src/b.ts', '../../testkit/src/b.ts'],
    ['domain-stands-alone', 'services/inventory/src/domain/a.ts', 'services/inventory/src/store/b.ts', '../store/b.ts'],
    [
      'store-and-events-below',
      'services/inventory/src/store/a.ts',
      'services/inventory/src/commands/b.ts',
      '../commands/b.ts',
    ],
    [
      'commands-and-queries-below',
      'services/inventory/src/commands/a.ts',
      'services/inventory/src/rpc/b.ts',
      '../rpc/b.ts',
    ],
    ['wired-once', 'services/inventory/src/rpc/a.ts', 'services/inventory/src/service.ts', '../service.ts'],
    ['no-unresolvable', 'packages/bus/src/a.ts', 'packages/bus/src/b.ts', './nowhere.ts'],
  ]

  test.each(forbidden)('%s', (rule, from, to, specifier) => {
    const { status, output } = checkDependencies(rule, {
      [from]: `export { b } from '${specifier}'\n`,
      [to]: 'export const b = 1\n',
    })

    expect(output).toContain(`${rule}: ${from}`)
    expect(status).toBe(1)
  })

  test('pacing may not read a file', () => {
    const { output } = checkDependencies('io', {
      'packages/pacing/src/a.ts': "export { readFileSync } from 'node:fs'\n",
    })

    expect(output).toContain('pacing-does-no-io')
  })

  test('two modules that need each other fail', () => {
    const { output } = checkDependencies('cycle', {
      'packages/bus/src/a.ts': "import { b } from './b.ts'\nexport const a = () => b\n",
      'packages/bus/src/b.ts': "import { a } from './a.ts'\nexport const b = () => a\n",
    })

    expect(output).toContain('no-cycle')
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

function write(project: string, files: Record<string, string>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(project, name)), { recursive: true })
    writeFileSync(join(project, name), content)
  }
}
