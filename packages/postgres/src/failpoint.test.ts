import { spawnSync } from 'node:child_process'
import { expect, test } from '@jest/globals'
import { configureFailpoint } from './failpoint.ts'

function passes(setting: string): { signal: string | null; out: string } {
  const source = `
    import { configureFailpoint, failpoint } from './failpoint.ts'
    configureFailpoint(${JSON.stringify(setting)})
    for (const pass of [1, 2, 3]) { failpoint('outbox.after-enqueue'); console.log(pass) }`
  const ended = spawnSync(process.execPath, ['--input-type=module-typescript', '--eval', source], {
    cwd: import.meta.dirname,
  })
  return { signal: ended.signal, out: ended.stdout.toString().replaceAll('\n', '') }
}

test('[R21] an armed crash point kills the process at the pass that was asked for, and no other point does', () => {
  expect(passes('outbox.after-enqueue')).toEqual({ signal: 'SIGKILL', out: '' })
  expect(passes('outbox.after-enqueue@3')).toEqual({ signal: 'SIGKILL', out: '12' })
  expect(passes('relay.after-publish')).toEqual({ signal: null, out: '123' })
  expect(passes('')).toEqual({ signal: null, out: '123' })
})

test('a setting that counts no pass is refused', () => {
  expect(() => configureFailpoint('relay.after-publish@often')).toThrow('often')
})
