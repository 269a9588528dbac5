import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { natsBinary } from '@lockstep/local-stack/nats-binary'
import { natsConfiguration } from '@lockstep/local-stack/nats-server'
import { eventually } from '@lockstep/testkit/eventually'
import { freePort } from '@lockstep/testkit/free-port'
import { createTestFolder, type TestFolder } from '@lockstep/testkit/test-folder'

/** A broker of one test's own, to be stopped, frozen and robbed of its data. */
export class TestBroker implements AsyncDisposable {
  readonly url: string
  readonly #port: number
  readonly #binary: string
  readonly #folder: string
  readonly #owned = new AsyncDisposableStack()
  #child: ChildProcess | undefined

  constructor(options: { port: number; binary: string; folder: TestFolder }) {
    this.#port = options.port
    this.#binary = options.binary
    this.#folder = this.#owned.use(options.folder).path
    this.url = `nats://one:one@127.0.0.1:${options.port}`
  }

  /** Makes one, not started yet. */
  static async create(): Promise<TestBroker> {
    const folder = createTestFolder('broker')
    const binary = await natsBinary(join(folder.path, 'binary'), () => undefined)
    return new TestBroker({ port: await freePort(), binary, folder })
  }

  async start(): Promise<void> {
    const store = join(this.#folder, 'store')
    mkdirSync(store, { recursive: true })
    const accounts = [{ user: 'one', password: 'one' }]
    const file = join(this.#folder, 'nats.conf')
    writeFileSync(file, natsConfiguration({ listen: `127.0.0.1:${this.#port}`, folder: store, accounts }))
    this.#child = spawn(this.#binary, ['-c', file], { stdio: 'ignore' })
    await eventually(() => this.#answers())
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (!child || child.exitCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  /** Stops it in the middle of whatever it does; it keeps its connections. */
  freeze(): void {
    this.#child?.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child?.kill('SIGCONT')
  }

  /** Takes all its data away. Only while it is not running. */
  wipe(): void {
    rmSync(join(this.#folder, 'store'), { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.thaw()
    await this.kill()
    await this.#owned.disposeAsync()
  }

  async #answers(): Promise<void> {
    const socket = connect(this.#port, '127.0.0.1')
    try {
      await once(socket, 'data', { signal: AbortSignal.timeout(1_000) })
    } finally {
      socket.destroy()
    }
  }
}
