import { channelReasons, generalReasons, type ChannelReason } from '@lockstep/contracts/reasons'
import { type RefusedLine, RefusalError } from '@lockstep/rpc/refusal'

/** What a refusal says beside its reason. */
export interface RefusalWords {
  message: string
  field?: string
  value?: string
  /** Instead of the reason's own next step. */
  nextStep?: string
  candidates?: string[]
  retryAfterMs?: number
  /** The bad lines of a batch. */
  lines?: readonly RefusedLine[]
}

const reasons = { ...generalReasons, ...channelReasons }

/** The error that says no to a caller: status and next step come from the one table of reasons. */
export function refusal(reason: ChannelReason, words: RefusalWords): RefusalError {
  return new RefusalError({ reason, ...reasons[reason], ...words })
}
