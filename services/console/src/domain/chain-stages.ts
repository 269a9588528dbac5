/** The way of a number, from the shelf to what a buyer sees. */
export const chainStageNames = ['ledger', 'available', 'desired', 'scheduled', 'submitted', 'accepted', 'seen'] as const

export type ChainStageName = (typeof chainStageNames)[number]

/**
 * Where one stage stands for the number that is wanted now: `done`, `now` (under way), `ahead` (not reached; quantity and time are those of the number before),
 * `unneeded` (Amazon held the right number already) or `stopped` (it does not go on by itself).
 */
export type ChainStageState = 'done' | 'now' | 'ahead' | 'unneeded' | 'stopped'

export interface ChainStage {
  readonly name: ChainStageName
  readonly state: ChainStageState
  readonly quantity: number | null
  /** UTC instant. */
  readonly at: string | null
  /** What holds it up, as a code or in the channel's words. */
  readonly note: string | null
}

/** What is known of one stage. */
export interface StageFacts {
  readonly quantity: number | null
  readonly at: string | null
}

/** What is known of a stage of sending; `isCurrent` when it is about the number wanted now, not an older one. */
export interface SendingFacts extends StageFacts {
  readonly isCurrent: boolean
}

/** All that the stages are read from. */
export interface ChainFacts {
  /** in_step, waiting, in_flight, accepted, unverified, drift, refused, gated, conflict or unknown. */
  readonly state: string
  readonly reason: string | null
  /** Null while nothing is known of the item's stock. */
  readonly ledger: StageFacts | null
  readonly available: StageFacts | null
  readonly desired: StageFacts | null
  readonly scheduled: SendingFacts | null
  readonly submitted: SendingFacts | null
  readonly accepted: SendingFacts | null
  readonly seen: SendingFacts | null
}

type SendingStage = 'scheduled' | 'submitted' | 'accepted' | 'seen'
const sendingStages: readonly SendingStage[] = ['scheduled', 'submitted', 'accepted', 'seen']

/** The seven stages of a listing's number, in their order. */
export function chainStages(facts: ChainFacts): ChainStage[] {
  return [
    ...(['ledger', 'available'] as const).map((name) => stage(name, facts[name] ? 'done' : 'ahead', facts[name])),
    desiredStage(facts),
    ...sendingStages.map((name) => sendingStage(facts, name)),
  ]
}

function desiredStage({ state, reason, desired }: ChainFacts): ChainStage {
  if (state === 'gated') return { ...stage('desired', 'stopped', desired), note: reason }
  if (state === 'conflict') return { ...stage('desired', 'stopped', desired), note: reason }
  return stage('desired', desired ? 'done' : 'ahead', desired)
}

function sendingStage(facts: ChainFacts, name: SendingStage): ChainStage {
  const state = sendingState(facts, name)
  const note = state === 'stopped' || state === 'now' ? facts.reason : null
  return { ...stage(name, state, facts[name]), quantity: sendingQuantity(facts, name, state), note }
}

/** What is sent now is the wanted number, whether or not the stage says so; and Amazon shows it when nothing had to be sent. */
function sendingQuantity(facts: ChainFacts, name: SendingStage, state: ChainStageState): number | null {
  const wanted = facts.desired?.quantity ?? null
  if (state === 'unneeded') return name === 'seen' ? wanted : null
  const known = facts[name]
  return known?.quantity ?? (known?.isCurrent && state !== 'ahead' ? wanted : null)
}

/** Where the number stands, told by the state word: everything before that place is done, everything after it is ahead. */
const placeOf: Readonly<Record<string, { readonly at: SendingStage; readonly as: 'now' | 'stopped' }>> = {
  waiting: { at: 'scheduled', as: 'now' },
  in_flight: { at: 'submitted', as: 'now' },
  unknown: { at: 'accepted', as: 'now' },
  refused: { at: 'accepted', as: 'stopped' },
  accepted: { at: 'seen', as: 'now' },
  unverified: { at: 'seen', as: 'stopped' },
  drift: { at: 'seen', as: 'stopped' },
}

function sendingState(facts: ChainFacts, name: SendingStage): ChainStageState {
  if (facts.state === 'gated' || facts.state === 'conflict' || !facts.desired) return 'ahead'
  if (facts.state === 'in_step') return facts[name]?.isCurrent ? 'done' : 'unneeded'
  const place = placeOf[facts.state]
  if (!place) return 'ahead'
  const distance = sendingStages.indexOf(name) - sendingStages.indexOf(place.at)
  if (distance === 0) return place.as
  if (distance > 0) return 'ahead'
  return facts[name]?.isCurrent ? 'done' : 'unneeded'
}

function stage(name: ChainStageName, state: ChainStageState, known: StageFacts | null): ChainStage {
  const at = state === 'unneeded' ? null : (known?.at ?? null)
  return { name, state, quantity: known?.quantity ?? null, at, note: null }
}
