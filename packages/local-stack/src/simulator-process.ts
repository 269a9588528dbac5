import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { answersHttp } from './health.ts'
import { projectFolder } from './project.ts'
import { SupervisedProcess } from './supervised-process.ts'

export interface SimulatorOptions {
  /** Its state, log and pid file go below it. */
  home: string
  port: number
  /** Whether it is started again when it dies. */
  onUnexpectedExit: 'restart' | 'leave'
  giveUp?: AbortSignal | undefined
  say: (line: string) => void
}

/** Starts the Amazon simulator and waits until it answers. Its state is a file in the home and outlives it. */
export function startSimulatorProcess(options: SimulatorOptions): Promise<SupervisedProcess> {
  const folder = join(options.home, 'simulator')
  mkdirSync(folder, { recursive: true })
  return SupervisedProcess.start({
    spec: {
      name: 'simulator',
      command: process.execPath,
      args: ['--max-old-space-size=192', 'src/main.ts'],
      cwd: join(projectFolder, 'packages', 'amazon-simulator'),
      env: {
        PATH: process.env['PATH'],
        SIMULATOR_PORT: String(options.port),
        SIMULATOR_STATE_FILE: join(folder, 'state.json'),
        NODE_COMPILE_CACHE: join(projectFolder, '.lockstep', 'compile-cache'),
      },
      logFile: join(options.home, 'logs', 'simulator.log'),
      runFolder: join(options.home, 'run'),
      stopSignal: 'SIGTERM',
      stopWithinMs: 10_000,
    },
    isHealthy: (signal) => answersHttp(`http://127.0.0.1:${options.port}/_sim/state`, signal),
    startWithinMs: 30_000,
    onUnexpectedExit: options.onUnexpectedExit,
    giveUp: options.giveUp,
    say: options.say,
  })
}
