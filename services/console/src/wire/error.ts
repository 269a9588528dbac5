/** Why a request was refused, and what to do next. */
export interface Refused {
  /** Stable code in UPPER_SNAKE. */
  readonly code: string
  /** What is wrong, with the value. */
  readonly message: string
  readonly next_step: string
  /** The field that is wrong, when it is one. */
  readonly field: string | null
  /** What was given for it. */
  readonly value: string | null
}

/** The body of every answer that is not a success. */
export interface ErrorAnswer {
  readonly error: Refused
}
