import { planNames } from '../buckets.ts'
import { isJsonObject, quoted } from '../json.ts'
import { profileOf, profiles, type Settings } from '../settings.ts'
import type { World } from '../world.ts'
import { Input } from './input.ts'

const fields = [
  'profile',
  'orderVisibilityMs',
  'reportMs',
  'propagationMs',
  'feedFixedMs',
  'feedItemsPerSecond',
  'refill',
  'rates',
  'notificationLoss',
  'notificationDuplicates',
  'notificationDelayMs',
  'notificationJitterMs',
  'notifyNewOrders',
  'outboundStepMs',
  'outboundStaysPlanning',
  'missingRole',
  'reportCharset',
  'reportGzip',
  'feedReportGzip',
  'patchDuringFeed',
  'lwaClients',
] as const

/** All settings and the profile whose speeds they have. */
export type SettingsView = Settings & { profile: string }

/** Changes the settings that are named; the others stay. `profile` sets a whole set of speeds first. */
export function changeSettings(world: World, body: unknown): SettingsView {
  const input = new Input(body, fields)
  const profile = input.optionalChoice('profile', ['amazon', 'demo'] as const)
  const before = profile ? { ...world.settings, ...profiles[profile] } : world.settings
  world.settings = {
    orderVisibilityMs: input.optionalWhole('orderVisibilityMs', 0) ?? before.orderVisibilityMs,
    reportMs: input.optionalWhole('reportMs', 0) ?? before.reportMs,
    propagationMs: input.optionalWhole('propagationMs', 0) ?? before.propagationMs,
    feedFixedMs: input.optionalWhole('feedFixedMs', 0) ?? before.feedFixedMs,
    feedItemsPerSecond: input.optionalWhole('feedItemsPerSecond', 1) ?? before.feedItemsPerSecond,
    refill: input.optionalChoice('refill', ['continuous', 'stepped'] as const) ?? before.refill,
    rates: readRates(input, before.rates),
    notificationLoss: readShare(input, 'notificationLoss') ?? before.notificationLoss,
    notificationDuplicates: readShare(input, 'notificationDuplicates') ?? before.notificationDuplicates,
    notificationDelayMs: input.optionalWhole('notificationDelayMs', 0) ?? before.notificationDelayMs,
    notificationJitterMs: input.optionalWhole('notificationJitterMs', 0) ?? before.notificationJitterMs,
    notifyNewOrders: input.flag('notifyNewOrders', before.notifyNewOrders),
    outboundStepMs: input.optionalWhole('outboundStepMs', 0) ?? before.outboundStepMs,
    outboundStaysPlanning: input.flag('outboundStaysPlanning', before.outboundStaysPlanning),
    missingRole: input.optionalChoice('missingRole', ['omit', 'refuse'] as const) ?? before.missingRole,
    reportCharset: input.optionalChoice('reportCharset', ['Cp1252', 'UTF-8'] as const) ?? before.reportCharset,
    reportGzip: input.flag('reportGzip', before.reportGzip),
    feedReportGzip: input.flag('feedReportGzip', before.feedReportGzip),
    patchDuringFeed: input.optionalChoice('patchDuringFeed', ['waits', 'overtakes'] as const) ?? before.patchDuringFeed,
    lwaClients: readClients(input, before.lwaClients),
  }
  return settingsView(world)
}

/** All settings. */
export function settingsView(world: World): SettingsView {
  return { ...world.settings, profile: profileOf(world.settings) }
}

function readRates(input: Input, before: Settings['rates']): Settings['rates'] {
  if (!input.has('rates')) return before
  const given = new Input(input.raw('rates'), planNames, 'rates')
  const rates: Settings['rates'] = {}
  for (const name of planNames.filter((candidate) => given.has(candidate))) {
    const plan = new Input(given.raw(name), ['rate', 'burst'], `rates.${name}`)
    const rate = plan.raw('rate')
    if (typeof rate !== 'number' || !(rate > 0))
      throw plan.wrong('rate', 'must be a number above 0, in tokens per second')
    rates[name] = { rate, burst: plan.whole('burst', 1) }
  }
  return rates
}

function readShare(input: Input, name: string): number | undefined {
  const share = input.raw(name)
  if (share === undefined) return undefined
  if (typeof share !== 'number' || !(share >= 0 && share <= 1)) throw input.wrong(name, 'must be from 0 to 1')
  return share
}

function readClients(input: Input, before: Settings['lwaClients']): Settings['lwaClients'] {
  const clients = input.raw('lwaClients')
  if (clients === undefined) return before
  const isMap = isJsonObject(clients) && Object.values(clients).every((secret) => typeof secret === 'string')
  if (!isMap) throw input.wrong('lwaClients', 'must map client ids to secrets; {} accepts every client')
  return Object.fromEntries(Object.entries(clients).map(([id, secret]) => [id, quoted(secret)]))
}
