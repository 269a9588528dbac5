import type { FeedView } from '@lockstep/pacing/feed-view'

import type { FeedState } from './bulk-states.ts'

/** Where a feed is, as the planner sees it: until Amazon has said that it has it, it may or may not. */
export function stageOf(state: FeedState): FeedView['state'] {
  switch (state) {
    case 'planned':
    case 'uploading':
    case 'creating':
    case 'unknown':
      return 'sending'
    case 'in_queue':
      return 'in_queue'
    case 'in_progress':
    case 'stuck':
    case 'done':
    case 'fatal':
    case 'cancelled':
      return 'in_progress'
    default:
      return state satisfies never
  }
}

/** Why a feed is taken out of the queue for the sake of stock. */
export const zeroInside = 'a number to zero waits for one of its SKUs'

/** What the name of a feed as the holder of a group begins with. */
export const feedTokens = 'feed:'

/** Names the feed as the holder of a group whose number it carries. */
export function feedToken(feedId: string): string {
  return `${feedTokens}${feedId}`
}
