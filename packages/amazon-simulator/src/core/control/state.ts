import { isoMillis } from '../times.ts'
import type { World } from '../world.ts'
import { listFaults, type FaultView } from './faults.ts'
import { sellerView, type SellerView } from './sellers.ts'
import { settingsView, type SettingsView } from './settings.ts'

/** The answer of `GET /_sim/state`. */
export interface StateView {
  simulator: true
  sellers: SellerView[]
  counts: { sellers: number; listings: number; orders: number; reports: number; feeds: number; journal: number }
  settings: SettingsView
  profile: string
  faults: FaultView[]
  clock: { mode: 'real' | 'virtual'; now: string }
}

/** An overview: who is there, how much of it, how fast and how broken it is set. */
export function stateView(world: World, clock: { mode: 'real' | 'virtual'; now: number }): StateView {
  const settings = settingsView(world)
  return {
    simulator: true,
    sellers: [...world.sellers.all()].map(sellerView),
    counts: {
      sellers: world.sellers.size,
      listings: world.listings.size,
      orders: world.orders.size,
      reports: world.reports.size,
      feeds: world.feeds.size,
      journal: world.journal.size,
    },
    settings,
    profile: settings.profile,
    faults: listFaults(world, clock.now),
    clock: { mode: clock.mode, now: isoMillis(clock.now) },
  }
}
