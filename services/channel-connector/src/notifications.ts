import type { OrderRefreshServiceClient } from '@lockstep/contracts/generated/lockstep/orders/v1/order_refresh_service.ts'
import type { ReportCheckServiceClient } from '@lockstep/contracts/generated/lockstep/report/v1/report_check_service.ts'
import type { Logger } from '@lockstep/telemetry/logger'
import type { Kysely } from 'kysely'
import { GrantlessCalls } from './channels/amazon/notifications/grantless-calls.ts'
import type { NotificationSettings } from './channels/amazon/notifications/notification-settings.ts'
import { startQueueReader } from './channels/amazon/notifications/queue-reader.ts'
import { openSqsQueue } from './channels/amazon/notifications/sqs-queue.ts'
import { callAmazon, type CallAmazonDeps } from './commands/call-amazon.ts'
import type { FollowHintDeps } from './commands/follow-hint.ts'
import { hintFeedFinished } from './commands/hint-feed-finished.ts'
import { takeInNotifications } from './commands/take-in-notifications.ts'
import { startHintDue } from './due/hint-due.ts'
import { startNotificationDuties } from './due/notification-duties.ts'
import { startSubscriptionDue } from './due/subscription-due.ts'
import { checkReport, refreshOrder } from './peers/out-of-turn.ts'
import { listAccountIds } from './store/accounts.ts'
import type { ChannelDb } from './store/database.ts'

/** What notifications work with. */
export interface NotificationDeps {
  db: Kysely<ChannelDb>
  log: Logger
  settings: NotificationSettings
  application: string
  gateway: CallAmazonDeps
  orderRefresh: OrderRefreshServiceClient
  reportCheck: ReportCheckServiceClient
  /** Wakes the push. */
  poke(): void
  /** Wakes the feeds. */
  pokeFeeds(): void
}

/** Starts subscribing, reading the queue and following hints. Disposal stops reading first; what was not followed stays for the next process. */
export async function startNotifications(deps: NotificationDeps): Promise<AsyncDisposable> {
  await using stack = new AsyncDisposableStack()
  const { db, log, settings, application, gateway } = deps
  const { queueArn } = settings
  const grantless = new GrantlessCalls({ gateway, application })
  const hints = stack.use(startHintDue({ ...deps, ...looksOf(deps) }))
  const subscriptions = stack.use(
    startSubscriptionDue({
      db,
      log,
      queueArn,
      callAmazon: (call) => callAmazon(gateway, call),
      callAsApplication: (wanted) => grantless.call(wanted),
    }),
  )
  stack.use(await startNotificationDuties({ db, log, application, queueArn, poke: () => subscriptions.poke() }))
  stack.use(
    startQueueReader({
      log,
      queue: openSqsQueue(settings),
      takeIn: (bodies) => takeInNotifications({ db, log, application }, bodies),
      poke: () => hints.poke(),
    }),
  )
  return stack.move()
}

type Looks = Pick<FollowHintDeps, 'refreshOrder' | 'checkReport' | 'checkFeed'>

function looksOf(deps: NotificationDeps): Looks {
  const { db, orderRefresh, reportCheck } = deps
  return {
    refreshOrder: (order, signal) => refreshOrder(orderRefresh, order, signal),
    checkReport: async ({ connectionId, channelReportId }, signal) => {
      const accountIds = await listAccountIds(db, connectionId)
      return checkReport(reportCheck, { channelReportId, accountIds }, signal)
    },
    checkFeed: async (feed) => {
      const isOurs = await hintFeedFinished(db, feed)
      if (isOurs) deps.pokeFeeds()
      return { result: isOurs ? 'asked' : 'unknown' }
    },
  }
}
