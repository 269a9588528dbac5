import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { removePidFile, writePidFile } from './pid-files.ts'

/** How a process is started and ended. */
export interface ProcessSpec {
  /** Also the name of its pid file. */
  name: string
  command: string
  args: readonly string[]
  cwd: string
  env: NodeJS.ProcessEnv
  /** Takes standard output and standard error; the last run's file is kept beside it. */
  logFile: string
  /** Where its pid file goes. */
  runFolder: string
  /** The polite way to ask it to end. */
  stopSignal: 'SIGTERM' | 'SIGINT'
  /** How long it may take to end before it is killed. */
  stopWithinMs: number
  /** Another user to run as; only root may. */
  runAs?: { uid: number; gid: number } | undefined
}

export interface ProcessExit {
  code: number | null
  signal: NodeJS.Signals | null
}

/** A child process with a log and a pid file. Disposing it ends the process and waits until it is gone. */
export class ManagedProcess implements AsyncDisposable {
  readonly spec: ProcessSpec
  readonly pid: number
  /** Settles when the process has ended, however that came; never rejects. */
  readonly exited: Promise<ProcessExit>
  #exit: ProcessExit | undefined
  readonly #child: ChildProcess

  private constructor(spec: ProcessSpec, child: ChildProcess, pid: number) {
    this.spec = spec
    this.#child = child
    this.pid = pid
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#exit = { code, signal }
        removePidFile(spec.runFolder, spec.name)
        resolve(this.#exit)
      })
    })
  }

  /** Starts the process. Rejects when the command cannot be run at all. */
  static async start(spec: ProcessSpec): Promise<ManagedProcess> {
    mkdirSync(dirname(spec.logFile), { recursive: true })
    if (existsSync(spec.logFile)) renameSync(spec.logFile, previousLog(spec.logFile))
    const log = openSync(spec.logFile, 'a')
    try {
      const child = spawn(...withParentsDeath(spec), {
        cwd: spec.cwd,
        env: spec.env,
        // A session of its own: a Ctrl-C in the terminal reaches the supervisor alone, which then ends everything in order.
        detached: true,
        stdio: ['ignore', log, log],
        ...spec.runAs,
      })
      const pid = await pidOnceSpawned(spec.name, child)
      const started = new ManagedProcess(spec, child, pid)
      writePidFile(spec.runFolder, { name: spec.name, pid, stopSignal: spec.stopSignal })
      return started
    } finally {
      closeSync(log)
    }
  }

  /** How the process ended, or undefined while it runs. */
  get exit(): ProcessExit | undefined {
    return this.#exit
  }

  /** Sends a signal to the process itself; nothing happens when it has ended. */
  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** Asks the process to end, and kills it when it has not within its time. */
  async stop(): Promise<void> {
    if (this.#exit) return
    this.kill(this.spec.stopSignal)
    const tooLong = new AbortController()
    const killed = delay(this.spec.stopWithinMs, undefined, { signal: tooLong.signal }).then(
      () => this.kill('SIGKILL'),
      () => undefined,
    )
    await this.exited
    tooLong.abort()
    await killed
  }

  /** The end of its log, for an error message. */
  lastLines(count = 15): string {
    return lastLines(this.spec.logFile, count)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}

function pidOnceSpawned(name: string, child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid ?? 0))
    child.once('error', (cause) => reject(new Error(`${name} cannot be started: ${cause.message}`, { cause })))
  })
}

/** Where the log of the run before is kept. */
export function previousLog(logFile: string): string {
  return logFile.replace(/(\.log)?$/, '.previous.log')
}

/** The last lines of a file, or nothing when it cannot be read. */
export function lastLines(file: string, count: number): string {
  try {
    return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n')
  } catch {
    return ''
  }
}

/**
 * Has the kernel send the stop signal when this process dies without a chance to say so (kill -9).
 * Where `setpriv` is missing, the pid file is what the next start goes by.
 */
function withParentsDeath(spec: ProcessSpec): [string, string[]] {
  const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path))
  if (!setpriv) return [spec.command, [...spec.args]]
  return [setpriv, ['--pdeathsig', spec.stopSignal.replace('SIG', ''), '--', spec.command, ...spec.args]]
}
