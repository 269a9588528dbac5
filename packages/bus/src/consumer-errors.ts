/** Thrown by a handler or decoder: trying again cannot help. The message is parked at once, with this text as the reason. Never put buyer data into it. */
export class UnprocessableMessageError extends Error {
  override name = 'UnprocessableMessageError'
}

/**
 * Thrown by a handler that cannot do its work yet: the message comes again after the delay. JetStream counts that as a delivery like any other, so a message
 * that is put off until its last one is parked.
 */
export class RetryLaterError extends Error {
  override name = 'RetryLaterError'
  readonly delayMs: number

  constructor(delayMs: number, reason: string, options?: ErrorOptions) {
    super(reason, options)
    this.delayMs = delayMs
  }
}

/** The handler did not end in time; its signal was aborted and the message comes again. */
export class HandlerTimeoutError extends Error {
  override name = 'HandlerTimeoutError'
}
