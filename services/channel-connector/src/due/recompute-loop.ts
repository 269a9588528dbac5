import type { Ids } from '@lockstep/contracts/ids'
import { isTransient } from '@lockstep/postgres/errors'
import { failpoint } from '@lockstep/postgres/failpoint'
import { jittered, Wakeup } from '@lockstep/postgres/wakeup'
import type { Logger } from '@lockstep/telemetry/logger'
import type { Kysely, Transaction } from 'kysely'

import { GroupWorkError } from '../commands/claim-groups.ts'
import { recomputeGroups } from '../commands/recompute-groups.ts'
import type { ChannelDb } from '../store/database.ts'
import { lockMarkedGroups, postponeGroups } from '../store/due-groups.ts'
import type { RecomputeCause } from '../store/pipeline-tables.ts'
import { setMarksApart, takeMarks } from '../store/recompute-marks.ts'

/** How often it looks for marks that nobody told of. */
const pollMs = 250
const atATime = 200
/** With many to compute, some slices are computed while others are stored. */
const slicesAtOnce = 3

/** What computing works with. */
export interface RecomputeDeps {
  db: Kysely<ChannelDb>
  ids: Ids
  log: Logger
  /** Numbers were computed: some may be due. */
  poke(): void
}

/** Computes what was marked, for as long as the process runs. */
export interface RecomputeLoop extends AsyncDisposable {
  /** Looks now instead of at the next poll. */
  poke(): void
}

/** How the marked are walked: after which group, and how many are left to be taken alone because some failed together. */
export interface Walk {
  after: string
  oneByOne: number
}

/** Starts computing. Disposal takes no slice on any more and waits for those that are being computed. */
export function startRecomputeLoop(deps: RecomputeDeps): RecomputeLoop {
  const wakeup = new Wakeup()
  const state = { isStopping: false }
  const ended = runForEver(deps, wakeup, state)
  return {
    poke: () => wakeup.poke(),
    async [Symbol.asyncDispose]() {
      state.isStopping = true
      wakeup.poke()
      await ended
    },
  }
}

async function runForEver(deps: RecomputeDeps, wakeup: Wakeup, state: { isStopping: boolean }): Promise<void> {
  const walk: Walk = { after: '', oneByOne: 0 }
  while (!state.isStopping) {
    try {
      await computeMarked(deps, walk, state)
      await wakeup.sleep(jittered(pollMs, 0.2))
    } catch (error) {
      deps.log.warn({ err: error }, 'computing marked numbers failed')
      await wakeup.sleep(1_000)
    }
  }
}

/** Computes until nothing is marked any more. */
async function computeMarked(deps: RecomputeDeps, walk: Walk, state: { isStopping: boolean }): Promise<void> {
  while (!state.isStopping) {
    const computed = await computeSlice(deps, walk)
    if (computed === 0) return
    deps.poke()
    if (computed === atATime) await computeSideBySide(deps, walk, state)
  }
}

async function computeSideBySide(deps: RecomputeDeps, walk: Walk, state: { isStopping: boolean }): Promise<void> {
  const computeOn = async (): Promise<void> => {
    while (!state.isStopping && (await computeSlice(deps, walk)) > 0);
  }
  const ends = await Promise.allSettled(Array.from({ length: slicesAtOnce }, computeOn))
  deps.poke()
  const failures = ends.filter((end) => end.status === 'rejected').map(({ reason }): unknown => reason)
  if (failures.length > 0) throw new AggregateError(failures, 'computing slices failed')
}

/**
 * Computes the next slice of marked groups, and answers how many that were. What was asked for a group alone comes before what a change for many has marked.
 * After some failed together each is taken alone.
 */
export async function computeSlice(deps: RecomputeDeps, walk: Walk): Promise<number> {
  const limit = walk.oneByOne > 0 ? 1 : atATime
  walk.oneByOne = Math.max(0, walk.oneByOne - 1)
  try {
    const computed = await deps.db.transaction().execute(async (tx) => {
      const alone = await lockMarkedGroups(tx, limit)
      if (alone.length > 0) return compute(tx, deps, new Map(alone.map((groupId) => [groupId, neverAsked])))
      return compute(tx, deps, await takeNext(tx, walk))
    })
    if (computed > 0) failpoint('recompute:after-commit')
    return computed
  } catch (error) {
    if (!(error instanceof GroupWorkError) || isTransient(error.cause)) throw error
    await standAside(deps, walk, error)
    return 1
  }
}

const neverAsked = { kind: 'recompute', reference: '', actor: '', note: '' }

/** The marks are walked round and round, so that one which is set again and again keeps nobody waiting. */
async function takeNext(tx: Transaction<ChannelDb>, walk: Walk): Promise<Map<string, RecomputeCause>> {
  const { after } = walk
  const marks = await takeMarks(tx, { after, limit: atATime })
  walk.after = marks.size < atATime ? '' : ([...marks.keys()].at(-1) ?? '')
  return marks.size === 0 && after !== '' ? takeNext(tx, walk) : marks
}

async function compute(
  tx: Transaction<ChannelDb>,
  deps: RecomputeDeps,
  causes: ReadonlyMap<string, RecomputeCause>,
): Promise<number> {
  const groupIds = [...causes.keys()]
  try {
    const causeOf = (groupId: string): RecomputeCause => causes.get(groupId) ?? neverAsked
    await recomputeGroups(tx, deps, { groupIds, causeOf, salesMoved: false })
  } catch (error) {
    throw new GroupWorkError(groupIds, { cause: error })
  }
  return groupIds.length
}

/** Some of these cannot be computed: each is taken alone, and the one that fails then is put off. */
async function standAside({ db, log }: RecomputeDeps, walk: Walk, error: GroupWorkError): Promise<void> {
  const [alone, ...others] = error.groupIds
  await setMarksApart(db, error.groupIds)
  if (others.length > 0) {
    walk.oneByOne = error.groupIds.length
  } else if (alone !== undefined) {
    log.error({ err: error, group_id: alone }, 'a number cannot be computed and is put off')
    await postponeGroups(db, [alone])
  }
}
