import { createServer, connect, type Server, type Socket } from 'node:net'
import { once } from 'node:events'

/** A door in front of the broker that can be shut: to whoever stands outside the broker is down. */
export interface BrokerDoor extends AsyncDisposable {
  url: string
  shut(): Promise<void>
  open(): Promise<void>
}

/** Opens a door in front of the broker at `url`. */
export async function brokerDoor(url: string): Promise<BrokerDoor> {
  const behind = new URL(url)
  const sockets = new Set<Socket>()
  const state: { server: Server | undefined; port: number } = { server: undefined, port: 0 }
  const open = async (): Promise<void> => {
    const server = createServer((outside) => {
      const inside = connect(Number(behind.port), behind.hostname)
      for (const socket of [outside, inside]) {
        sockets.add(socket)
        socket.on('close', () => sockets.delete(socket))
        // Either end may go at any time; the other one goes with it.
        socket.on('error', () => undefined)
      }
      outside.pipe(inside).pipe(outside)
    })
    server.listen(state.port, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address !== null && typeof address === 'object') state.port = address.port
    state.server = server
  }
  const shut = async (): Promise<void> => {
    const server = state.server
    state.server = undefined
    for (const socket of sockets) socket.destroy()
    if (server) await new Promise((resolve) => server.close(resolve))
  }
  await open()
  const outsideUrl = new URL(url)
  outsideUrl.port = String(state.port)
  return { url: outsideUrl.href, shut, open, [Symbol.asyncDispose]: shut }
}
