import type { ChainStageName, ChainStageState } from '../../src/domain/chain-stages.ts'

/** What each stage of the chain is called, and what it says. */
export const stageWords: Readonly<Record<ChainStageName, { readonly label: string; readonly meaning: string }>> = {
  ledger: {
    label: 'Ledger',
    meaning: 'on the shelf, in the locations of this account; the time is the last entry of the ledger',
  },
  available: { label: 'Available', meaning: 'on the shelf, less what is reserved or held' },
  desired: { label: 'Desired', meaning: 'the number this listing should show' },
  scheduled: { label: 'Scheduled', meaning: 'planned, and waiting for a slot in Amazon’s rate limit' },
  submitted: { label: 'Submitted', meaning: 'left for Amazon' },
  accepted: { label: 'Accepted', meaning: 'Amazon took it' },
  seen: { label: 'Seen', meaning: 'Amazon shows it' },
}

/** How far a stage has come, for whoever does not see its colour. */
export const stageStateWords: Readonly<Record<ChainStageState, string>> = {
  done: 'done',
  now: 'under way',
  ahead: 'not reached; from the number before',
  unneeded: 'not needed: Amazon held this number already',
  stopped: 'stopped',
}
