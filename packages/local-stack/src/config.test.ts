import { expect, test } from '@jest/globals'
import { startConfig } from './config.ts'

test('without arguments everything stays and the demo is loaded', () => {
  expect(startConfig([], {})).toMatchObject({ portBase: 7100, once: false, demo: true, help: false })
  expect(startConfig([], {}).home).toMatch(/\.lockstep$/)
})

test('arguments and environment are obeyed', () => {
  const config = startConfig(['--once', '--no-demo'], { LOCKSTEP_HOME: '/srv/lockstep', LOCKSTEP_PORT_BASE: '8100' })

  expect(config).toEqual({ home: '/srv/lockstep', portBase: 8100, once: true, demo: false, help: false })
})

test.each(['0', '70000', '65436', 'x', '7100.5'])('a port base of %s is refused with what to set', (base) => {
  expect(() => startConfig([], { LOCKSTEP_PORT_BASE: base })).toThrow(`LOCKSTEP_PORT_BASE: "${base}" is not a port`)
})

test('an unknown argument is refused with the help', () => {
  expect(() => startConfig(['--twice'], {})).toThrow(/'--twice'[^]*--once/)
})
