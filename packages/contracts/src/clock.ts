/** The time, passed in so that tests can set it. Leases and due times use the database's clock instead. */
export interface Clock {
  now(): Date
}

/** The machine's own clock. */
export const systemClock: Clock = { now: () => new Date() }
