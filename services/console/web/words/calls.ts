import type { Word } from './states.ts'

const callWords: Readonly<Record<string, Word>> = {
  throttled: { label: 'Throttled', color: 'yellow', meaning: 'a rate limit ran dry; it is tried again by itself' },
  denied: { label: 'Denied', color: 'red', meaning: 'a role is missing' },
  token_expired: {
    label: 'Token expired',
    color: 'gray',
    meaning: 'a new access token was fetched and the call made again',
  },
  authorisation_revoked: { label: 'Revoked', color: 'red', meaning: 'the seller’s authorisation is gone' },
  application_credentials: {
    label: 'Application refused',
    color: 'red',
    meaning: 'the application’s credentials are refused',
  },
  wrong_region: { label: 'Wrong region', color: 'red', meaning: 'the seller is of another region' },
  invalid_data: { label: 'Invalid data', color: 'orange', meaning: 'Amazon does not take a value' },
  not_found: { label: 'Not found', color: 'orange', meaning: 'Amazon does not know it' },
  outage: { label: 'Outage', color: 'orange', meaning: 'Amazon is not well' },
  unknown: { label: 'Unknown outcome', color: 'orange', meaning: 'no whole answer came; Amazon is asked about it' },
  not_sent: { label: 'Not sent', color: 'gray', meaning: 'Amazon could not be reached' },
}

/** How the class of a call is shown. */
export function callWord(word: string): Word {
  return callWords[word] ?? { label: word, color: 'gray', meaning: word }
}

/** The classes one can choose among. */
export const callClasses: readonly { value: string; label: string }[] = [
  { value: '', label: 'Everything that did not end well' },
  ...Object.entries(callWords).map(([value, { label }]) => ({ value, label })),
]

const urgencyWords: Readonly<Record<string, Word>> = {
  act: { label: 'To do', color: 'red', meaning: 'a person must act' },
  wait: { label: 'Wait', color: 'yellow', meaning: 'it heals by itself' },
  know: { label: 'Good to know', color: 'gray', meaning: 'nothing is broken' },
}

/** How urgent a finding is. */
export function urgencyWord(word: string): Word {
  return urgencyWords[word] ?? { label: word, color: 'gray', meaning: word }
}
