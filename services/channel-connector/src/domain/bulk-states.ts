/** Where a job is. */
export type BulkJobState = 'preparing' | 'running' | 'paused' | 'cancelled' | 'done'
/** Where a line of a job is. */
export type BulkItemState = 'waiting' | 'in_feed' | 'patching' | 'accepted' | 'refused' | 'skipped'
/** What a feed carries; one kind only. */
export type FeedPurpose = 'stock' | 'price' | 'content'
/** Where a feed is. */
export type FeedState =
  | 'planned'
  | 'uploading'
  | 'creating'
  | 'in_queue'
  | 'in_progress'
  | 'done'
  | 'fatal'
  | 'cancelled'
  | 'stuck'
  | 'unknown'
/** What became of a message of a feed. */
export type FeedOutcome = 'accepted' | 'refused' | 'missing' | 'superseded'
