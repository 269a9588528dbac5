import { advanceFeeds } from './feeds/feed-queue.ts'
import { listListings } from './listings.ts'
import { finishReports } from './reports.ts'
import { sellerKeyOf, type World } from './world.ts'

/**
 * Lets everything happen whose time has come at the sellers that are subscribed to something. Elsewhere the world
 * moves when somebody looks; a notification has to come without a look.
 */
export function settle(world: World, now: number): void {
  const subscribed = new Set([...world.subscriptions.all()].map(sellerKeyOf))
  if (subscribed.size > 0) advanceFeeds(world, now)
  for (const key of subscribed) {
    const seller = world.sellers.find(key)
    if (!seller) continue
    finishReports(world, seller, now)
    listListings(world, seller, now)
  }
}
