import { randomInt } from 'node:crypto'
import { isPortFree } from '@lockstep/local-stack/port-holder'

// Below the range from which Linux takes the ports of outgoing connections, so that no client's socket sits on a port between asking and using it.
const lowest = 20_000
const highest = 32_000
const handedOut = new Set<number>()

/** A port on 127.0.0.1 that nothing listens on now. The same process never gets one twice. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = randomInt(lowest, highest)
    if (handedOut.has(port) || !(await isPortFree(port))) continue
    handedOut.add(port)
    return port
  }
  throw new Error(`no free port between ${lowest} and ${highest} after 200 attempts`)
}
