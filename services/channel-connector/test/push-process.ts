import { systemIds } from '@lockstep/contracts/ids'
import { openDatabase } from '@lockstep/postgres/database'
import { configureFailpoint } from '@lockstep/postgres/failpoint'
import { Secret } from '@lockstep/settings/load'
import { pino } from 'pino'
import { z } from 'zod'

import { openGateway } from '../src/channels/amazon/open-gateway.ts'
import { type AmazonCall, callAmazon } from '../src/commands/call-amazon.ts'
import { startPushLoop } from '../src/due/push-loop.ts'
import { startFeeds } from '../src/feeds.ts'
import type { ChannelDb } from '../src/store/database.ts'
import { sealingKeys } from '../src/store/sealing.ts'
import { quickTimings } from './feed-timings.ts'
import { demoApplication } from './gateway-fixtures.ts'

/** One push, or with `feeds` bulk jobs and feeds instead, in a process of its own, which ends by SIGKILL at the crash point that its argument names. */
const Argument = z.object({
  databaseUrl: z.string(),
  simulatorUrl: z.string(),
  key: z.string(),
  failpoint: z.string(),
  /** How wrong its clock is, and how wrong it is after five seconds. */
  clock: z.object({ offsetMs: z.number(), jumpToMs: z.number().optional() }).default({ offsetMs: 0 }),
  feeds: z.boolean().optional(),
})
export type PushProcessArgument = z.input<typeof Argument>

const RealDate = globalThis.Date
const given = Argument.parse(JSON.parse(process.argv[2] ?? ''))
configureFailpoint(given.failpoint)
setClockWrong(given.clock.offsetMs)
const { jumpToMs } = given.clock
if (jumpToMs !== undefined) setTimeout(() => setClockWrong(jumpToMs), 5_000)
const db = openDatabase<ChannelDb>({ url: given.databaseUrl, applicationName: 'push-process', maxConnections: 4 })
const log = pino({ level: 'silent' })
const gateway = openGateway({
  db,
  log,
  keys: sealingKeys([Buffer.from(given.key, 'base64')]),
  amazon: {
    endpoint: given.simulatorUrl,
    lwaEndpoint: `${given.simulatorUrl}/auth/o2/token`,
    clientId: demoApplication.clientId,
    clientSecret: new Secret(demoApplication.clientSecret),
    requestTimeoutMs: 10_000,
  },
  apiCallsKeptMs: 86_400_000,
})
const deps = { db, log, ids: systemIds, callAmazon: (call: AmazonCall) => callAmazon(gateway, call) }
if (given.feeds) await startFeeds({ ...deps, timings: quickTimings, poke: () => undefined })
else startPushLoop({ ...deps, process: `push-process-${process.pid}`, announce: () => undefined })

/** Sets this process's wall clock, as a broken time service would; its steady clock goes on. */
function setClockWrong(offsetMs: number): void {
  const now = (): number => RealDate.now() + offsetMs
  globalThis.Date = new Proxy(RealDate, {
    construct: (_target, [at = now()]: (number | string)[]) => new RealDate(at),
    get: (target, name): unknown => (name === 'now' ? now : Reflect.get(target, name)),
  })
}
