import { describe, expect, test } from '@jest/globals'
import type { z } from 'zod'
import * as channelConnector from '../../services/channel-connector/src/config.ts'
import * as consoleConfig from '../../services/console/src/config.ts'
import * as despatch from '../../services/despatch/src/config.ts'
import * as inventory from '../../services/inventory/src/config.ts'
import * as orderDownload from '../../services/order-download/src/config.ts'
import * as report from '../../services/report/src/config.ts'
import { environmentOf, readObjects, workloadsOf } from '../src/objects.ts'
import { readRendered } from '../src/rendered.ts'

/** What the runtime around a service reads: telemetry's --import and the logger. */
const ofTheRuntime = ['METRICS_PORT', 'METRICS_HOST', 'OTEL_SERVICE_NAME', 'LOCKSTEP_ENV', 'LOG_LEVEL']

interface Program {
  name: string
  config: {
    Settings: { shape: Record<string, z.ZodType> }
    loadConfig(env: Record<string, string | undefined>): unknown
  }
  /** Settings the manifests leave at their default, on purpose. A new setting belongs here or in the manifests. */
  left: string[]
}

const programs: Program[] = [
  { name: 'inventory', config: inventory, left: [] },
  {
    name: 'channel-connector',
    config: channelConnector,
    left: [
      'AMAZON_ENDPOINT',
      'AMAZON_LWA_ENDPOINT',
      'AMAZON_SELLER_CENTRAL',
      'CHANNEL_CONNECTOR_NOTIFICATIONS_SQS_ENDPOINT',
      'AMAZON_REQUEST_TIMEOUT_MS',
      'CHANNEL_CONNECTOR_LISTINGS_REPORT_EVERY_MS',
      'CHANNEL_CONNECTOR_FEED_POLL_MS',
      'CHANNEL_CONNECTOR_FEED_SETTLE_MS',
      'CHANNEL_CONNECTOR_FEED_PLAN_MS',
      'CHANNEL_CONNECTOR_API_CALLS_KEPT_MS',
      'CHANNEL_CONNECTOR_WATCH_READS_PER_MINUTE',
      'CHANNEL_CONNECTOR_FBA_EVERY_MS',
      'CHANNEL_CONNECTOR_ZEROS_SHARE_PERCENT',
    ],
  },
  {
    name: 'order-download',
    config: orderDownload,
    left: [
      'ORDER_DOWNLOAD_POLL_INTERVAL_MS',
      'ORDER_DOWNLOAD_OVERLAP_MS',
      'ORDER_DOWNLOAD_FIRST_RUN_MS',
      'ORDER_DOWNLOAD_CONNECTIONS_REFRESH_MS',
    ],
  },
  { name: 'report', config: report, left: ['REPORT_CHECK_INTERVAL_MS'] },
  { name: 'despatch', config: despatch, left: ['DESPATCH_CONFIRM_AFTER_MS', 'DESPATCH_SNAPSHOT_MAX_AGE_MS'] },
  { name: 'console', config: consoleConfig, left: ['SIMULATOR_URL'] },
]

const objects = [...readObjects(readRendered('base')), ...readObjects(readRendered('local'))]

describe.each(programs)('[OP16] $name', ({ name, config, left }) => {
  const env = environmentFor(name)
  const known = Object.keys(config.Settings.shape)

  test('reads every variable it is given, and is given every one it reads or is meant to leave', () => {
    const given = Object.keys(env).filter((variable) => !ofTheRuntime.includes(variable))

    expect(given.toSorted()).toEqual(known.filter((variable) => !left.includes(variable)).toSorted())
    expect(left.filter((variable) => !known.includes(variable))).toEqual([])
  })

  test('is content with what it is given, and keeps no address of a single machine', () => {
    expect(() => config.loadConfig(env)).not.toThrow()
    expect(JSON.stringify(config.loadConfig(env))).not.toContain('127.0.0.1')
  })

  test('names each variable that is wrong, and each that is missing and has no default, in one line', () => {
    const given = known.filter((variable) => variable in env)
    const needed = given.filter((variable) => !config.Settings.shape[variable]?.safeParse(undefined).success)
    const checked = given.filter((variable) => /URL|PORT|ADDRESS|MIGRATE/.test(variable))

    expect(needed.length).toBeGreaterThan(0)
    for (const variable of needed)
      expect(problemsWith(config, { ...env, [variable]: undefined })).toEqual([named(variable)])
    for (const variable of checked) expect(problemsWith(config, { ...env, [variable]: '?' })).toEqual([named(variable)])
  })
})

const named = (variable: string): unknown => expect.stringMatching(new RegExp(`^${variable}: .*\\S$`))

function problemsWith(config: Program['config'], env: Record<string, string | undefined>): string[] {
  try {
    config.loadConfig(env)
    return []
  } catch (error) {
    return error instanceof Error ? error.message.split('\n') : []
  }
}

/** What the pod of a service gets, as the base has it; secrets are made up. */
function environmentFor(name: string): Record<string, string> {
  const workload = workloadsOf(objects).find((each) => each.title === `Deployment/${name}`)
  const [container] = workload?.containers ?? []
  if (!container) throw new Error(`${name} has no Deployment`)
  return Object.fromEntries(
    [...environmentOf(container, objects)].map(([variable, given]) => [
      variable,
      'value' in given ? given.value : madeUp(variable),
    ]),
  )
}

function madeUp(variable: string): string {
  if (variable.endsWith('_DATABASE_URL')) return 'postgres://role:password@postgres:5432/database'
  if (variable === 'AMAZON_LWA_SECRET_ISSUED_AT') return '2026-11-27'
  return variable === 'NATS_URL' ? 'nats://user:password@nats:4222' : 'something'
}
