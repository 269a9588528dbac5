import { planChange, type PlannedPush } from '../domain/planned-push.ts'
import type { ForeseenNumber } from '../domain/foreseen-push.ts'
import { changedValues, type ChangedValue } from '../domain/rule-change.ts'
import { findPatchRate, saveDryRun } from '../store/dry-runs.ts'
import { type PreviewDeps, readLevels } from './dry-run.ts'
import { foreseeChange, type WantedChange, zerosConfirmationOf } from './foresee-change.ts'
import { inverseOf } from './inverse-of.ts'

/** What a change would do, and what confirms exactly that. */
export interface ChangePreview extends PlannedPush {
  confirmation: string
  /** What must be said as well, because many listings go to 0; null when few do. */
  zerosConfirmation: string | null
  /** What is set, beside what is there now. */
  values: ChangedValue[]
}

/**
 * Shows what a change of settings, locations, links, rules or policy would do. Changes and sends nothing. Its confirmation makes this change and no
 * other, for 15 minutes.
 */
export async function previewChange(
  deps: PreviewDeps,
  { signal, ...wanted }: WantedChange & { signal: AbortSignal },
): Promise<ChangePreview> {
  const { account, change } = wanted
  const inverse = await inverseOf(deps.db, account, change)
  const { numbers, outcome, shape } = await foreseeChange(deps.db, wanted)
  const live = await readLevels(deps, { account, numbers: numbers.filter(isNew), signal })
  const plan = planChange(numbers, live, await findPatchRate(deps.db, account.connectionId))
  const zerosConfirmation = await zerosConfirmationOf(deps.db, { ...plan, shape, sharePercent: deps.zerosSharePercent })
  const confirmation = `dry-${outcome.slice(0, 24)}`
  const run = { confirmation, accountId: account.id, outcome, shape, change, inverse, zerosConfirmation }
  await saveDryRun(deps.db, run)
  return { ...plan, confirmation, zerosConfirmation, values: changedValues(change, inverse) }
}

/** Sent nothing so far, so that only Amazon can say what it has. */
function isNew({ before, after }: ForeseenNumber): boolean {
  return before.number === null && after.number !== null
}
