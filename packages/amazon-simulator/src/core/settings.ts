/** How fast and how strict the simulated Amazon is. Limits are never changed by a profile. */
export interface Settings {
  /** How long a changed order stays out of searchOrders. */
  orderVisibilityMs: number
  /** From createReport to DONE. */
  reportMs: number
  /** From an accepted submission to what buyers see. */
  propagationMs: number
  feedFixedMs: number
  feedItemsPerSecond: number
  /** `continuous` adds tokens all the time; `stepped` adds whole tokens once a second or, below one a second, one at a time. */
  refill: 'continuous' | 'stepped'
  /** Usage plans that differ from the documented ones, by operation or `operation:level`. */
  rates: Record<string, { rate: number; burst: number }>
  /** Share of notifications that never arrive, 0 to 1. */
  notificationLoss: number
  /** Share of notifications that arrive twice, 0 to 1. */
  notificationDuplicates: number
  /** How late notifications arrive. */
  notificationDelayMs: number
  /** Up to this much later still, by chance: notifications overtake each other. */
  notificationJitterMs: number
  /** Whether ORDER_CHANGE tells of orders that are new. Amazon promises it for changes only. */
  notifyNewOrders: boolean
  /** From one status of a fulfilment order to the next. */
  outboundStepMs: number
  /** New fulfilment orders never leave Planning. */
  outboundStaysPlanning: boolean
  /** When a dataset needs a role the seller did not grant: leave it out, or answer 403. Both were seen on Amazon. */
  missingRole: 'omit' | 'refuse'
  reportCharset: 'Cp1252' | 'UTF-8'
  reportGzip: boolean
  feedReportGzip: boolean
  /** Whether a stock patch for a SKU in an open listings feed lands after that feed, or at once and the feed then overwrites it. */
  patchDuringFeed: 'waits' | 'overtakes'
  /** Client ids and their secrets. Empty: every client is accepted. */
  lwaClients: Record<string, string>
}

/** A named set of speeds. */
export type ProfileName = 'amazon' | 'demo'

const speedNames = ['orderVisibilityMs', 'reportMs', 'propagationMs', 'feedFixedMs', 'feedItemsPerSecond'] as const
type Speeds = Pick<Settings, (typeof speedNames)[number]>

/** Amazon's own speeds, and the quick ones for a demonstration. */
export const profiles: Record<ProfileName, Speeds> = {
  amazon: {
    orderVisibilityMs: 120_000,
    reportMs: 600_000,
    propagationMs: 30_000,
    feedFixedMs: 300_000,
    feedItemsPerSecond: 20,
  },
  demo: {
    orderVisibilityMs: 5_000,
    reportMs: 5_000,
    propagationMs: 1_000,
    feedFixedMs: 20_000,
    feedItemsPerSecond: 200,
  },
}

/** The settings of a fresh simulator with the given profile. */
export function defaultSettings(profile: ProfileName = 'amazon'): Settings {
  return {
    ...profiles[profile],
    refill: 'continuous',
    rates: {},
    notificationLoss: 0,
    notificationDuplicates: 0,
    notificationDelayMs: 0,
    notificationJitterMs: 0,
    notifyNewOrders: true,
    outboundStepMs: 600_000,
    outboundStaysPlanning: false,
    missingRole: 'omit',
    reportCharset: 'Cp1252',
    reportGzip: true,
    feedReportGzip: true,
    patchDuringFeed: 'waits',
    lwaClients: {},
  }
}

/** The profile whose speeds these settings have, else `custom`. */
export function profileOf(settings: Settings): ProfileName | 'custom' {
  const sameSpeeds = (name: ProfileName) => speedNames.every((speed) => settings[speed] === profiles[name][speed])
  if (sameSpeeds('amazon')) return 'amazon'
  return sameSpeeds('demo') ? 'demo' : 'custom'
}
