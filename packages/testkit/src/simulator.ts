import { simulatorControl, type SimulatorControl } from '@lockstep/amazon-simulator/control-client'
import { startSimulatorProcess } from '@lockstep/local-stack/simulator-process'
import { freePort } from './free-port.ts'
import { createTestFolder } from './test-folder.ts'

/** Settings of the simulator, or a `profile` of them. */
export type SimulatorSettings = Parameters<SimulatorControl['changeSettings']>[0]

export interface TestSimulator extends AsyncDisposable {
  /** The base URL, for AMAZON_ENDPOINT. */
  url: string
  control: SimulatorControl
  /** kill -9, and a start from the state it had saved. */
  crash(): Promise<void>
}

/** The real Amazon simulator as a process of its own on a free port, with Amazon's speeds unless `settings` say otherwise. */
export async function startSimulator(options: { settings?: SimulatorSettings } = {}): Promise<TestSimulator> {
  await using started = new AsyncDisposableStack()
  const folder = started.use(createTestFolder('simulator'))
  const port = await freePort()
  const process = started.use(
    await startSimulatorProcess({ home: folder.path, port, onUnexpectedExit: 'leave', say: () => undefined }),
  )
  const url = `http://127.0.0.1:${port}`
  const control = simulatorControl(url)
  if (options.settings) await control.changeSettings(options.settings)
  const owned = started.move()
  return {
    url,
    control,
    crash: async () => {
      process.kill('SIGKILL')
      await process.ended()
      await process.restart()
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  }
}
