import { expect, test } from '@jest/globals'
import { isPortFree } from '@lockstep/local-stack/port-holder'
import { freePort } from './free-port.ts'

test('ports are free, distinct, and outside of the range of outgoing connections', async () => {
  const ports = await Promise.all(Array.from({ length: 30 }, () => freePort()))

  expect(new Set(ports).size).toBe(30)
  expect(ports.every((port) => port >= 20_000 && port < 32_000)).toBe(true)
  expect(await Promise.all(ports.map((port) => isPortFree(port)))).toEqual(ports.map(() => true))
})
