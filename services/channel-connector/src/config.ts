import {
  type Secret,
  SettingsError,
  address,
  durationMs,
  flag,
  loadSettings,
  natsUrl,
  port,
  postgresUrl,
  secret,
} from '@lockstep/settings/load'
import { z } from 'zod'
import type { NotificationSettings } from './channels/amazon/notifications/notification-settings.ts'

const queueArn = /^arn:aws[a-z-]*:sqs:([a-z0-9-]+):\d{12}:[A-Za-z0-9_-]{1,80}$/
const dayMs = '86400000'
const url = (example: string) => z.url({ protocol: /^https?$/, error: `is no address: set one such as ${example}` })

/** Limits by `level/what is counted`, such as application/patchListingsItem. */
export type GrantedLimits = Readonly<Record<string, { rate: number; burst: number }>>

const limitName = /^(pair|application|feed_type|preview)\/[\w/-]+$/

function grantedLimits() {
  const example = '{"application/patchListingsItem":{"rate":1000,"burst":1000}}'
  const shape = z.record(
    z.string().regex(limitName, { error: 'is no limit: name one as level/operation, such as pair/getOrder' }),
    z.strictObject({ rate: z.number().positive().max(100_000), burst: z.int().min(1).max(1_000_000) }),
  )
  return z
    .string()
    .default('{}')
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown
      } catch {
        context.addIssue({ code: 'custom', message: `is no JSON: set something like ${example}` })
        return z.NEVER
      }
    })
    .pipe(shape)
}

/** Every setting of the service, by the name of its variable. */
export const Settings = z.object({
  CHANNEL_CONNECTOR_DATABASE_URL: postgresUrl(),
  CHANNEL_CONNECTOR_GRPC_PORT: port().prefault('7102'),
  // The address the server listens on: all of them in a pod, this machine alone otherwise.
  GRPC_HOST: z.string().min(1).default('127.0.0.1'),
  // False in a cluster: a job brings the schema up to date, and the service waits for it.
  MIGRATE_AT_START: flag().default(true),
  NATS_URL: natsUrl(),
  INVENTORY_ADDRESS: address().prefault('127.0.0.1:7101'),
  ORDER_DOWNLOAD_ADDRESS: address().prefault('127.0.0.1:7103'),
  REPORT_ADDRESS: address().prefault('127.0.0.1:7104'),
  // Where Amazon is. Unset: each region's own endpoint.
  AMAZON_ENDPOINT: url('https://sellingpartnerapi-eu.amazon.com').optional(),
  AMAZON_LWA_ENDPOINT: url('https://api.amazon.com/auth/o2/token').optional(),
  // Who we are there: one application serves every connection.
  AMAZON_LWA_CLIENT_ID: z.string({ error: "is missing: set the application's LWA client id" }).min(1),
  AMAZON_LWA_CLIENT_SECRET: secret(),
  // When the secret was issued: it lasts 180 days, and its end is announced. Unset: nobody knows.
  AMAZON_LWA_SECRET_ISSUED_AT: z.iso.date({ error: 'is no date: set one such as 2026-11-27' }).optional(),
  AMAZON_APPLICATION_ID: z.string({ error: 'is missing: set the application id, such as amzn1.sp.solution.…' }).min(1),
  // Where Amazon sends a seller who has consented; registered with the application. Unset: its first registered one.
  AMAZON_REDIRECT_URI: url('https://lockstep.example.com/amazon/authorised').optional(),
  // In place of each marketplace's Seller Central, whose consent page sellers are sent to.
  AMAZON_SELLER_CENTRAL: url('https://sellercentral-europe.amazon.com').optional(),
  // An application that is still a draft is authorised in another way.
  AMAZON_APPLICATION_IS_DRAFT: flag().default(false),
  // A request that was not answered by then has an unknown outcome. The in-flight lease is longer than this.
  AMAZON_REQUEST_TIMEOUT_MS: durationMs().prefault('10000'),
  // Limits that Amazon granted this application beside the documented ones, by level and operation.
  AMAZON_LIMITS: grantedLimits(),
  // 32 random bytes in base64, one key per line: the first seals, all of them open.
  CHANNEL_CONNECTOR_KEY_FILE: z.string({ error: 'is missing: set the file that holds the sealing key' }).min(1),
  // The queue that Amazon sends notifications to. Unset: polling alone.
  CHANNEL_CONNECTOR_NOTIFICATIONS_QUEUE_URL: url(
    'https://sqs.eu-west-1.amazonaws.com/123456789012/lockstep',
  ).optional(),
  CHANNEL_CONNECTOR_NOTIFICATIONS_QUEUE_ARN: z
    .string()
    .regex(queueArn, 'is no ARN of a standard queue: set one such as arn:aws:sqs:eu-west-1:123456789012:lockstep')
    .optional(),
  // Where SQS is, and how to get in. Unset: AWS, and what the AWS client finds by itself.
  CHANNEL_CONNECTOR_NOTIFICATIONS_SQS_ENDPOINT: url('https://sqs.eu-west-1.amazonaws.com').optional(),
  CHANNEL_CONNECTOR_NOTIFICATIONS_ACCESS_KEY_ID: z.string().min(1).optional(),
  CHANNEL_CONNECTOR_NOTIFICATIONS_SECRET_ACCESS_KEY: secret().optional(),
  // How often a listings report is asked for by itself.
  CHANNEL_CONNECTOR_LISTINGS_REPORT_EVERY_MS: durationMs().prefault(dayMs),
  // How often every linked listing is read without a reason, as far as read tokens are to spare.
  CHANNEL_CONNECTOR_SWEEP_EVERY_MS: durationMs().prefault(dayMs),
  // How often what Amazon keeps of an account's listings is read.
  CHANNEL_CONNECTOR_FBA_EVERY_MS: durationMs().prefault('1800000'),
  // How many reads a connection's watch of the most exposed SKUs may take in a minute, each of up to 20 SKUs. 0 turns it off.
  CHANNEL_CONNECTOR_WATCH_READS_PER_MINUTE: z.coerce.number().int().min(0).max(300).default(60),
  // A change that takes more than this share of an account's linked listings to 0, in per cent, is confirmed twice.
  CHANNEL_CONNECTOR_ZEROS_SHARE_PERCENT: z.coerce.number().int().min(0).max(100).default(10),
  // How often a feed that Amazon works on is looked at; a notification makes it sooner.
  CHANNEL_CONNECTOR_FEED_POLL_MS: durationMs().prefault('15000'),
  // How long a feed whose submission got no answer may take to show in Amazon's list. Longer than a request may take.
  CHANNEL_CONNECTOR_FEED_SETTLE_MS: durationMs().prefault('60000'),
  // How often feeds are planned on a connection that has work for them.
  CHANNEL_CONNECTOR_FEED_PLAN_MS: durationMs().prefault('5000'),
  // How long the log of calls to Amazon is kept.
  CHANNEL_CONNECTOR_API_CALLS_KEPT_MS: durationMs().prefault(String(30 * Number(dayMs))),
})

/** The settings of the channel connector. */
export interface Config {
  databaseUrl: string
  grpcHost: string
  migrateAtStart: boolean
  grpcPort: number
  natsUrl: string
  inventoryAddress: string
  ordersAddress: string
  reportAddress: string
  amazon: AmazonConfig
  keyFile: string
  listingsReportEveryMs: number
  sweepEveryMs: number
  fbaEveryMs: number
  watchReadsPerMinute: number
  /** A change that takes more than this share of an account's linked listings to 0 is confirmed twice. */
  zerosSharePercent: number
  apiCallsKeptMs: number
  /** Absent: polling alone. */
  notifications?: NotificationSettings | undefined
  feedTimings: { pollMs: number; settleMs: number; planMs: number }
}

/** Where Amazon is and who we are there. */
export interface AmazonConfig {
  /** In place of every region's own endpoint. */
  endpoint: string | undefined
  lwaEndpoint: string | undefined
  clientId: string
  clientSecret: Secret
  secretIssuedAt: Date | undefined
  applicationId: string
  redirectUri: string | undefined
  sellerCentral: string | undefined
  isDraft: boolean
  requestTimeoutMs: number
  grantedLimits: GrantedLimits
}

/** Reads the environment; throws a SettingsError that names every problem. */
export function loadConfig(env: Record<string, string | undefined>): Config {
  const settings = loadSettings(Settings, env)
  return {
    databaseUrl: settings.CHANNEL_CONNECTOR_DATABASE_URL,
    grpcHost: settings.GRPC_HOST,
    migrateAtStart: settings.MIGRATE_AT_START,
    grpcPort: settings.CHANNEL_CONNECTOR_GRPC_PORT,
    natsUrl: settings.NATS_URL,
    inventoryAddress: settings.INVENTORY_ADDRESS,
    ordersAddress: settings.ORDER_DOWNLOAD_ADDRESS,
    reportAddress: settings.REPORT_ADDRESS,
    amazon: {
      endpoint: settings.AMAZON_ENDPOINT,
      lwaEndpoint: settings.AMAZON_LWA_ENDPOINT,
      clientId: settings.AMAZON_LWA_CLIENT_ID,
      clientSecret: settings.AMAZON_LWA_CLIENT_SECRET,
      secretIssuedAt: dateOf(settings.AMAZON_LWA_SECRET_ISSUED_AT),
      applicationId: settings.AMAZON_APPLICATION_ID,
      redirectUri: settings.AMAZON_REDIRECT_URI,
      sellerCentral: settings.AMAZON_SELLER_CENTRAL,
      isDraft: settings.AMAZON_APPLICATION_IS_DRAFT,
      requestTimeoutMs: settings.AMAZON_REQUEST_TIMEOUT_MS,
      grantedLimits: settings.AMAZON_LIMITS,
    },
    keyFile: settings.CHANNEL_CONNECTOR_KEY_FILE,
    sweepEveryMs: settings.CHANNEL_CONNECTOR_SWEEP_EVERY_MS,
    fbaEveryMs: settings.CHANNEL_CONNECTOR_FBA_EVERY_MS,
    watchReadsPerMinute: settings.CHANNEL_CONNECTOR_WATCH_READS_PER_MINUTE,
    zerosSharePercent: settings.CHANNEL_CONNECTOR_ZEROS_SHARE_PERCENT,
    listingsReportEveryMs: settings.CHANNEL_CONNECTOR_LISTINGS_REPORT_EVERY_MS,
    apiCallsKeptMs: settings.CHANNEL_CONNECTOR_API_CALLS_KEPT_MS,
    notifications: notificationsOf(settings),
    feedTimings: {
      pollMs: settings.CHANNEL_CONNECTOR_FEED_POLL_MS,
      settleMs: settings.CHANNEL_CONNECTOR_FEED_SETTLE_MS,
      planMs: settings.CHANNEL_CONNECTOR_FEED_PLAN_MS,
    },
  }
}

function dateOf(day: string | undefined): Date | undefined {
  return day === undefined ? undefined : new Date(`${day}T00:00:00Z`)
}

/** A queue without its ARN could be read, but Amazon could not be told to send there. */
function notificationsOf(settings: z.output<typeof Settings>): NotificationSettings | undefined {
  const {
    CHANNEL_CONNECTOR_NOTIFICATIONS_QUEUE_URL: queueUrl,
    CHANNEL_CONNECTOR_NOTIFICATIONS_QUEUE_ARN: arn,
    CHANNEL_CONNECTOR_NOTIFICATIONS_ACCESS_KEY_ID: accessKeyId,
    CHANNEL_CONNECTOR_NOTIFICATIONS_SECRET_ACCESS_KEY: secretAccessKey,
  } = settings
  if (queueUrl === undefined) return undefined
  const problems = [
    ...(arn === undefined
      ? ['CHANNEL_CONNECTOR_NOTIFICATIONS_QUEUE_ARN: is missing: set the ARN of the same queue']
      : []),
    ...((accessKeyId === undefined) === (secretAccessKey === undefined)
      ? []
      : ['CHANNEL_CONNECTOR_NOTIFICATIONS_SECRET_ACCESS_KEY: set it together with the access key id, or neither']),
  ]
  if (arn === undefined || problems.length > 0) throw new SettingsError(problems)
  const region = queueArn.exec(arn)?.[1] ?? ''
  const endpoint = settings.CHANNEL_CONNECTOR_NOTIFICATIONS_SQS_ENDPOINT
  return { queueUrl, queueArn: arn, endpoint, region, accessKeyId, secretAccessKey }
}
