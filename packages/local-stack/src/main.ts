import { inspect } from 'node:util'
import { startConfig, StartConfigError, startHelp, type StartConfig } from './config.ts'
import { greeting, progress } from './screen.ts'
import { startEverything } from './start-everything.ts'
import { stopRequest, untilAborted } from './stop-request.ts'

process.exitCode = await main(process.argv.slice(2))

/** 0 after a clean end, 1 when something could not be started, 2 for a wrong argument or setting. */
async function main(args: readonly string[]): Promise<number> {
  const stop = stopRequest()
  try {
    const config = startConfig(args, process.env)
    if (config.help) process.stdout.write(startHelp)
    else await run(config, stop)
    return 0
  } catch (error) {
    if (stop.aborted) return 0
    process.stderr.write(`${explanation(error)}\n`)
    return error instanceof StartConfigError ? 2 : 1
  }
}

async function run(config: StartConfig, stop: AbortSignal): Promise<void> {
  const say = progress()
  {
    await using everything = await startEverything(config, { say, giveUp: stop })
    process.stdout.write(greeting(config, everything.ports))
    if (!config.once) await untilAborted(stop)
    say('stopping')
  }
  say('stopped; the data is kept')
}

/** What we foresaw speaks for itself; anything else is a fault of ours, and whoever reports it needs to say where. */
function explanation(error: unknown): string {
  const isFault = error instanceof TypeError || error instanceof ReferenceError || !(error instanceof Error)
  return isFault ? inspect(error) : error.message
}
