/** Something changed: read again what shows it. Carries no data of the thing itself. */
export interface Hint {
  /** listing, availability, account, order, poll, despatch, report, fba-level; `*` when so much changed that everything should be read again. */
  readonly entity: string
  readonly verb: string
  /** Null for what belongs to no account. */
  readonly account: string | null
  readonly id: string
}

/** The first event of a stream and each heartbeat: whether changes are heard of. */
export interface LiveStatus {
  /** False while the broker is away: what is shown may then be old. */
  readonly hearing: boolean
}
