/** How a word is shown: its label, its colour, and what it means. */
export interface Word {
  readonly label: string
  readonly color: string
  readonly meaning: string
}

/** The words for where a listing stands. */
const listingWords: Readonly<Record<string, Word>> = {
  in_step: { label: 'In step', color: 'lockstep', meaning: 'Amazon shows what it should' },
  waiting: { label: 'Waiting', color: 'blue', meaning: 'a new number waits to be sent' },
  in_flight: { label: 'Sending', color: 'blue', meaning: 'the number is on its way to Amazon' },
  accepted: { label: 'Accepted', color: 'cyan', meaning: 'Amazon took the number; it is not seen yet' },
  unverified: { label: 'Unverified', color: 'orange', meaning: 'Amazon took the number but never showed it' },
  drift: { label: 'Drift', color: 'orange', meaning: 'Amazon shows another number than the one last sent' },
  refused: { label: 'Refused', color: 'red', meaning: 'Amazon refused the number' },
  gated: { label: 'Not sent', color: 'gray', meaning: 'a gate is closed, so nothing is sent' },
  conflict: { label: 'Conflict', color: 'red', meaning: 'listings that share this SKU want different numbers' },
  unknown: {
    label: 'Unknown',
    color: 'gray',
    meaning: 'nothing is known of it yet, or its outcome is being asked for',
  },
}

const orderWords: Readonly<Record<string, Word>> = {
  open: { label: 'Open', color: 'blue', meaning: 'to be despatched' },
  parked: { label: 'Parked', color: 'yellow', meaning: 'not paid yet: reserves stock, cannot be despatched' },
  processed: { label: 'Processed', color: 'lockstep', meaning: 'despatched' },
  cancelled: { label: 'Cancelled', color: 'gray', meaning: 'cancelled' },
  quarantined: { label: 'Quarantined', color: 'red', meaning: 'what Amazon said of it could not be read' },
}

const despatchWords: Readonly<Record<string, Word>> = {
  planned: { label: 'Recorded', color: 'blue', meaning: 'recorded here, not yet sent to Amazon' },
  submitted: { label: 'Submitted', color: 'cyan', meaning: 'Amazon took it' },
  confirmed: { label: 'Confirmed', color: 'lockstep', meaning: 'Amazon shows it as shipped' },
  failed: { label: 'Failed', color: 'red', meaning: 'it did not get through; it is sent again' },
  rejected: { label: 'Rejected', color: 'red', meaning: 'the account was off or gone' },
  not_required: { label: 'Not required', color: 'gray', meaning: 'despatch notes are off for this account' },
  held: {
    label: 'Held',
    color: 'orange',
    meaning: 'waits for a person: the order was cancelled, or a cancellation was asked for',
  },
}

const connectionWords: Readonly<Record<string, Word & { readonly nextStep: string | null }>> = {
  connected: { label: 'Connected', color: 'lockstep', meaning: 'the last call was let in', nextStep: null },
  untested: {
    label: 'Untested',
    color: 'yellow',
    meaning: 'nothing was tried yet',
    nextStep: 'prove the credentials: lockstep accounts test',
  },
  no_credentials: {
    label: 'No credentials',
    color: 'red',
    meaning: 'no refresh token is stored',
    nextStep: 'give the refresh token: lockstep accounts authorise',
  },
  reauthorise: {
    label: 'Authorise again',
    color: 'red',
    meaning: 'the seller’s authorisation is gone',
    nextStep: 'authorise again: lockstep accounts authorise',
  },
  application_refused: {
    label: 'Application refused',
    color: 'red',
    meaning: 'the application’s own credentials are refused',
    nextStep: 'check the application’s id and secret',
  },
}

const stranger = (word: string): Word => ({ label: word, color: 'gray', meaning: word })

/** Where a listing stands. */
export const listingWord = (state: string): Word => listingWords[state] ?? stranger(state)

/** The words for listings in the order they are counted, worst first at the end. */
export const listingStates: readonly string[] = Object.keys(listingWords)

/** Where an order stands. */
export const orderWord = (state: string): Word => orderWords[state] ?? stranger(state)

/** Where a despatch stands. */
export const despatchWord = (state: string): Word => despatchWords[state] ?? stranger(state)

/** How a connection stands, and what to do about it. */
export const connectionWord = (state: string): Word & { readonly nextStep: string | null } =>
  connectionWords[state] ?? { ...stranger(state), nextStep: null }
