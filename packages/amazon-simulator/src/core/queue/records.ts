/** A message in a queue. Two rows may carry one message: the queue delivers at least once. */
export interface QueueMessage {
  rowId: string
  queue: string
  messageId: string
  body: string
  attributes: Record<string, MessageAttribute>
  sentAt: number
  /** Hidden until then: it was just received, or is still on its way. */
  visibleAt: number
  receiveCount: number
  firstReceivedAt: number | null
}

/** An attribute a sender put beside the body. */
export interface MessageAttribute {
  DataType: string
  StringValue?: string
  BinaryValue?: string
}

/** A queue. It is made when it is first named. */
export interface Queue {
  /** `<account>/<name>` */
  id: string
  visibilityTimeoutMs: number
  createdAt: number
}
