import { afterEach, beforeEach, expect, test } from '@jest/globals'
import { OrderRefreshServiceClient } from '@lockstep/contracts/generated/lockstep/orders/v1/order_refresh_service.ts'
import { ReportCheckServiceClient } from '@lockstep/contracts/generated/lockstep/report/v1/report_check_service.ts'
import { openClient } from '@lockstep/rpc/client'
import { eventually } from '@lockstep/testkit/eventually'
import { sql } from 'kysely'
import { pino } from 'pino'

import { feedStage, type FeedStage } from '../../test/feed-stage.ts'
import { hoursNotNow, quickTimings } from '../../test/feed-timings.ts'
import { demoApplication } from '../../test/gateway-fixtures.ts'
import { hintQueue } from '../../test/hint-queue.ts'
import { startNotifications } from '../notifications.ts'

let cleanUp: AsyncDisposableStack
let stage: FeedStage

beforeEach(async () => {
  cleanUp = new AsyncDisposableStack()
  stage = cleanUp.use(await feedStage())
}, 60_000)
afterEach(() => cleanUp.disposeAsync())

/** Notifications of one process; nothing but feeds is heard of, so no other service is asked. */
async function startHints(pokeFeeds: () => void): Promise<void> {
  const nowhere = '127.0.0.1:1'
  cleanUp.use(
    await startNotifications({
      db: stage.db,
      log: pino({ level: 'silent' }),
      settings: hintQueue(stage.sim.url),
      application: demoApplication.applicationId,
      gateway: stage.openGateway(),
      orderRefresh: cleanUp.adopt(openClient(OrderRefreshServiceClient, nowhere), (client) => client.close()),
      reportCheck: cleanUp.adopt(openClient(ReportCheckServiceClient, nowhere), (client) => client.close()),
      poke: () => undefined,
      pokeFeeds,
    }),
  )
}

test('[R12] FEED_PROCESSING_FINISHED has the feed looked at, long before its next poll', async () => {
  const { UK: account } = await stage.givenSeller({ UK: ['loc_1'] })
  if (!account) throw new Error('no account')
  await stage.givenOffers(account, ['H-1', 'H-2'])
  const feeds = await stage.startFeeds({ timings: { ...quickTimings, pollMs: 3_600_000 } })
  await startHints(() => feeds.poke())
  await eventually(
    async () => {
      const { rows } = await sql`select from notification_subscription where state = 'subscribed'`.execute(stage.db)
      expect(rows).toHaveLength(1)
    },
    { withinMs: 45_000 },
  )
  const lines = ['H-1', 'H-2'].map((channelSku) => ({ channelSku, title: `new ${channelSku}` }))
  const jobId = await stage.givenJob(account, lines, hoursNotNow())

  const feedId = await stage.givenSlice(jobId)

  await eventually(async () => expect(await stage.feed(feedId)).toMatchObject({ state: 'done', accepted: 2 }))
  const { rows } = await sql`select kind, subject, result from notification_hint`.execute(stage.db)
  expect(rows).toEqual([{ kind: 'feed', subject: (await stage.feed(feedId)).channel_feed_id, result: 'asked' }])
}, 60_000)
