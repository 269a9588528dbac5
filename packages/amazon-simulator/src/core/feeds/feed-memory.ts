import type { FeedMessage } from './feed-message.ts'
import type { FeedDigest } from './feed-records.ts'

/** What was read from the documents of open feeds. It can be read again at any time, so it is not kept anywhere. */
export class FeedMemory {
  readonly digests = new Map<string, FeedDigest>()
  /** Only of feeds that are being worked on. */
  readonly messages = new Map<string, FeedMessage[]>()

  forget(feedId: string): void {
    this.digests.delete(feedId)
    this.messages.delete(feedId)
  }

  clear(): void {
    this.digests.clear()
    this.messages.clear()
  }
}
