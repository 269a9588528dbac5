import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { realpathSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Raised when another process holds the home; says which. */
export class AlreadyStartedError extends Error {
  override name = 'AlreadyStartedError'
  readonly pid: number | undefined

  constructor(pid: number | undefined) {
    super(
      `Lockstep is already started${pid === undefined ? '' : `, by process ${pid}`}: stop that one first, or set another LOCKSTEP_HOME and LOCKSTEP_PORT_BASE`,
    )
    this.pid = pid
  }
}

/**
 * Takes the home for this process until it is disposed of or the process ends, however that comes: the lock is a listening socket,
 * which the operating system closes with its process. Throws `AlreadyStartedError` when another process has it.
 */
export async function lockHome(home: string): Promise<AsyncDisposable> {
  const address = lockAddress(realpathSync(home))
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.end(String(process.pid))
  })
  for (const attempt of ['first', 'second'] as const) {
    try {
      server.listen(address)
      await once(server, 'listening')
      server.unref()
      return { [Symbol.asyncDispose]: async () => void server.close() }
    } catch {
      const holder = await askHolder(address)
      if (holder.answers || attempt === 'second') throw new AlreadyStartedError(holder.pid)
      // A socket file nobody listens on any more; the names of Linux leave no file behind.
      rmSync(address, { force: true })
    }
  }
  throw new AlreadyStartedError(undefined)
}

/** On Linux a name without a file (it begins with a zero byte), so that a kill leaves nothing behind; elsewhere a socket file. */
function lockAddress(home: string): string {
  const name = `lockstep-${createHash('sha256').update(home).digest('hex').slice(0, 20)}`
  return process.platform === 'linux' ? `\0${name}` : join(tmpdir(), `${name}.sock`)
}

async function askHolder(address: string): Promise<{ answers: boolean; pid?: number }> {
  const socket = connect(address)
  try {
    socket.setTimeout(2_000, () => socket.destroy())
    let answer = ''
    for await (const chunk of socket) answer += String(chunk)
    return { answers: true, pid: Number(answer) }
  } catch {
    return { answers: false }
  }
}
