import type { DriftKind } from '@lockstep/pacing/group-state'

import type { ChainEntry, ChainStage } from './chain-history.ts'
import type { ComputationRecord } from './computation-record.ts'
import {
  explainGates,
  explainGroup,
  explainSteps,
  type ExplainedChain,
  type ExplainedStage,
  type Explanation,
  memberOf,
} from './explanation.ts'

/** What was kept of a group up to a moment. */
export interface GroupThen {
  listingId: string
  at: number
  /** Undefined when nothing had been computed yet, or the record is older than records are kept. */
  record: ComputationRecord | undefined
  /** The newest entry of each stage. */
  entries: readonly ChainEntry[]
}

/** Explains a listing's number as it stood at a past moment, from the records. */
export function explainPast({ listingId, at, record, entries }: GroupThen): Explanation {
  const inputs = record?.inputs ?? null
  const computation = record?.computation ?? null
  const member = memberOf(inputs, listingId)
  const gates = record ? explainGates(member, computation) : []
  const newest = new Map(entries.map((entry) => [entry.stage, entry]))
  const state = stateThen(
    newest,
    record,
    gates.some((gate) => !gate.open),
  )
  return {
    at,
    gates,
    locations: member?.locations ?? [],
    settings: member?.settings ?? null,
    orderLocationId: inputs?.holdAt?.locationId,
    steps: explainSteps({ listingId, computation, member, gates, unseen: record?.guard?.unseen ?? 0 }),
    guard: guardThen(newest, record),
    group: explainGroup({ inputs, computation }),
    desired: record?.desired ?? null,
    chain: chainThen(newest),
    drift: state === 'drift' ? driftThen(newest.get('drift')) : null,
    hold: holdThen(newest.get('held')),
    state,
    next: { action: 'none', at: null, reason: 'PAST' },
  }
}

function driftThen(entry: ChainEntry | undefined): Explanation['drift'] {
  if (!entry) return null
  const { expected, kind } = entry.detail
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by chainEntries
  const known = typeof kind === 'string' ? { kind: kind as DriftKind } : {}
  return { at: entry.at, live: entry.quantity ?? 0, expected: typeof expected === 'number' ? expected : null, ...known }
}

function holdThen(entry: ChainEntry | undefined): Explanation['hold'] {
  const { itemId, locationId, since } = entry?.detail ?? {}
  const isHeld = typeof itemId === 'string' && typeof locationId === 'string' && typeof since === 'number'
  if (!entry || !isHeld || !entry.quantity) return null
  return { units: entry.quantity, at: entry.at, itemId, locationId, since }
}

type Newest = ReadonlyMap<ChainStage, ChainEntry>

function chainThen(newest: Newest): ExplainedChain {
  const scheduled = newest.get('scheduled')
  const refused = newest.get('refused')
  const submitted = lastSubmitted(newest)
  const accepted = newest.get('accepted')
  return {
    scheduled: scheduled ? { ...stageOf(scheduled), lane: textOf(scheduled.detail['lane']) } : null,
    submitted: submitted
      ? {
          ...stageOf(submitted),
          submissionId: accepted?.version === submitted.version ? textOf(accepted?.detail['submissionId']) : null,
          detail: refused?.version === submitted.version ? (textOf(refused?.detail['issue']) ?? '') : '',
        }
      : null,
    accepted: accepted ? stageOf(accepted) : null,
    seen: stageOrNull(newest.get('seen')),
  }
}

/** The newest write that left and did not turn out to have stayed here. */
function lastSubmitted(newest: Newest): ChainEntry | undefined {
  const submitted = newest.get('submitted')
  const returned = newest.get('returned')
  const cameBack = submitted && returned && returned.version === submitted.version && returned.at >= submitted.at
  return cameBack ? undefined : submitted
}

function stageOf({ at, quantity, version }: ChainEntry): ExplainedStage {
  return { at, quantity, version }
}

function stageOrNull(entry: ChainEntry | undefined): ExplainedStage | null {
  return entry ? stageOf(entry) : null
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** The guard of the last consideration that ended by then. */
function guardThen(newest: Newest, record: ComputationRecord | undefined): Explanation['guard'] {
  const ended = [newest.get('settled'), newest.get('scheduled')].filter((entry) => entry !== undefined)
  const last = ended.toSorted((a, b) => b.at - a.at)[0]
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by chainEntries
  const guard = last?.detail['guard'] as Explanation['guard'] | undefined
  return guard ?? record?.guard ?? null
}

/** A hold says nothing of where the number stands. */
const words: Record<Exclude<ChainStage, 'held'>, string> = {
  settled: 'in_step',
  scheduled: 'waiting',
  submitted: 'in_flight',
  returned: 'waiting',
  accepted: 'accepted',
  refused: 'refused',
  unknown: 'unknown',
  seen: 'in_step',
  unverified: 'unverified',
  drift: 'drift',
}

function stateThen(newest: Newest, record: ComputationRecord | undefined, isGated: boolean): string {
  if (isGated) return 'gated'
  const last = [...newest.values()].filter(isOfNumber).toSorted((a, b) => b.at - a.at)[0]
  if (record?.desired && (!last || last.at < record.at)) return 'waiting'
  return last ? words[last.stage] : 'unknown'
}

function isOfNumber(entry: ChainEntry): entry is ChainEntry & { stage: keyof typeof words } {
  return entry.stage !== 'held'
}
