import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { commandOf } from './process-identity.ts'

export interface TakenPort {
  port: number
  /** What the port is for, in the user's words. */
  purpose: string
  /** Who listens there, as far as this user may see. */
  holder: string
}

/** Tries each port on 127.0.0.1 and answers those that something else listens on, with the process that does. */
export async function findTakenPorts(wanted: ReadonlyMap<number, string>): Promise<TakenPort[]> {
  const taken: TakenPort[] = []
  for (const [port, purpose] of wanted) {
    if (!(await isPortFree(port))) taken.push({ port, purpose, holder: describeHolder(port) })
  }
  return taken
}

/** Whether nothing listens on this port of 127.0.0.1 now. */
export async function isPortFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen({ port, host: '127.0.0.1', exclusive: true })
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
    return true
  } catch {
    return false
  }
}

function describeHolder(port: number): string {
  const inode = listeningInode(port)
  const pid = inode === undefined ? undefined : ownerOfSocket(inode)
  if (pid === undefined) return 'a process this user may not look at'
  const command = commandOf(pid)
  return command === undefined ? `process ${pid}` : `process ${pid} (${shortened(command)})`
}

/** The socket that listens on the port, from the kernel's tables of version 4 and 6 sockets. */
function listeningInode(port: number): string | undefined {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const listening = '0A'
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const row of lines(table)) {
      const fields = row.trim().split(/\s+/)
      if (fields[1]?.endsWith(suffix) && fields[3] === listening) return fields[9]
    }
  }
  return undefined
}

function ownerOfSocket(inode: string): number | undefined {
  const processes = entries('/proc').filter((name) => /^\d+$/.test(name))
  const owner = processes.find((pid) =>
    entries(`/proc/${pid}/fd`).some((fd) => target(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`),
  )
  return owner === undefined ? undefined : Number(owner)
}

function lines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').slice(1)
  } catch {
    return []
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function target(link: string): string | undefined {
  try {
    return readlinkSync(link)
  } catch {
    return undefined
  }
}

function shortened(command: string): string {
  return command.length <= 120 ? command : `${command.slice(0, 117)}...`
}
