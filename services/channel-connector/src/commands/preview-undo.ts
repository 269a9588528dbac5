import type { Kysely } from 'kysely'

import { planChange } from '../domain/planned-push.ts'
import { changedValues } from '../domain/rule-change.ts'
import type { ChannelDb } from '../store/database.ts'
import { findPatchRate } from '../store/dry-runs.ts'
import type { Location } from '../store/locations.ts'
import type { MadeChange } from '../store/rule-changes.ts'
import { changeToUndo } from './change-to-undo.ts'
import { foreseeChange, zerosConfirmationOf } from './foresee-change.ts'
import { getAccount } from './get-account.ts'
import type { ChangePreview } from './preview-change.ts'

/** What would be taken back, and what that would do. */
export interface UndoPreview {
  undone: MadeChange
  /** Its confirmation is empty: what is taken back is named by its id. */
  preview: ChangePreview
}

/** Shows what taking an account's last change back would do. Changes and sends nothing. */
export async function previewUndo(
  { db, zerosSharePercent: sharePercent }: { db: Kysely<ChannelDb>; zerosSharePercent: number },
  wish: { account: string; known: readonly Location[] },
): Promise<UndoPreview> {
  const account = await getAccount(db, wish.account)
  const { last, wanted } = await changeToUndo(db, { account, named: null, known: wish.known })
  const { numbers, shape } = await foreseeChange(db, wanted)
  const plan = planChange(numbers, new Map(), await findPatchRate(db, account.connectionId))
  const zerosConfirmation = await zerosConfirmationOf(db, { ...plan, shape, sharePercent })
  const values = changedValues(wanted.change, last.change)
  return { undone: last, preview: { ...plan, confirmation: '', zerosConfirmation, values } }
}
