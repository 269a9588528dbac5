import { spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'

export interface ChildOptions {
  env?: NodeJS.ProcessEnv
  withinMs: number
  /** Aborted when the whole run is to end. */
  stop: AbortSignal
}

/** How a child ended: its exit code, or undefined when it was ended because its time was up or the run was stopped. */
export type ChildEnd = number | undefined

/** Runs a command in a process group of its own with our terminal's output, and ends the whole group when its time is up. */
export async function runChild(command: string, args: readonly string[], options: ChildOptions): Promise<ChildEnd> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: true,
    env: { ...process.env, ...options.env },
  })
  const ended = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 1)))
  const tooLate = new AbortController()
  const limit = AbortSignal.any([options.stop, tooLate.signal])
  const timer = setTimeout(() => tooLate.abort(), options.withinMs)
  try {
    return await Promise.race([ended, aborted(limit)])
  } finally {
    clearTimeout(timer)
    await endGroup(child.pid, ended)
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}

/** Whatever a child left behind in its group is ended as well: first asked, then killed. */
async function endGroup(pid: number | undefined, ended: Promise<unknown>): Promise<void> {
  if (pid === undefined || !signalGroup(pid, 'SIGTERM')) return
  await Promise.race([ended, delay(5_000)])
  signalGroup(pid, 'SIGKILL')
}

function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal)
    return true
  } catch {
    return false
  }
}
