import {
  ApplyChangeRequest,
  ApplyChangeResponse,
  ChangeServiceService,
  type ListChangesRequest,
  type ListChangesResponse,
  type ListListingRulesRequest,
  type ListListingRulesResponse,
  type PreviewChangeRequest,
  type PreviewChangeResponse,
  type PreviewUndoRequest,
  type PreviewUndoResponse,
  UndoChangeRequest,
  UndoChangeResponse,
  UpdateListingRulesRequest,
  UpdateListingRulesResponse,
} from '@lockstep/contracts/generated/lockstep/channel/v1/change_service.ts'
import type { Ids } from '@lockstep/contracts/ids'
import { type CallContext, unary } from '@lockstep/rpc/handler'
import { type ServiceBinding, serviceBinding } from '@lockstep/rpc/server'

import { applyChange } from '../commands/apply-change.ts'
import type { PreviewDeps } from '../commands/dry-run.ts'
import { getAccount } from '../commands/get-account.ts'
import { previewChange } from '../commands/preview-change.ts'
import { previewUndo } from '../commands/preview-undo.ts'
import { undoChange } from '../commands/undo-change.ts'
import { updateListingRules } from '../commands/update-listing-rules.ts'
import type { RuleChange } from '../domain/rule-change.ts'
import { findDryRun } from '../store/dry-runs.ts'
import { pageRuledListings } from '../store/listing-rules.ts'
import type { Location } from '../store/locations.ts'
import { findLastChange, listRuleChanges } from '../store/rule-changes.ts'
import { accountMessage } from './account-message.ts'
import { answerCommand, type CommandDeps } from './answer-command.ts'
import { listingRulesMessage, madeChangeMessage, previewMessage } from './change-message.ts'
import { cutPage, readLimit, readPage } from './page.ts'
import { readChange, type ReadChangeDeps } from './read-change.ts'
import { checkRules, readListingRules } from './read-rules.ts'

/** What the change service works with. */
export interface ChangeServiceDeps extends CommandDeps, PreviewDeps, ReadChangeDeps {
  ids: Ids
}

/** Changes of what listings are sent, over gRPC: shown, made, taken back. */
export function changeServiceBinding(deps: ChangeServiceDeps): ServiceBinding {
  return serviceBinding(ChangeServiceService, {
    previewChange: unary((request: PreviewChangeRequest, context) => handlePreview(deps, request, context)),
    applyChange: unary((request: ApplyChangeRequest, context) => handleApply(deps, request, context)),
    undoChange: unary((request: UndoChangeRequest, context) => handleUndo(deps, request, context)),
    previewUndo: unary((request: PreviewUndoRequest, context) => handlePreviewUndo(deps, request, context)),
    listChanges: unary((request: ListChangesRequest) => handleListChanges(deps, request)),
    updateListingRules: unary((request: UpdateListingRulesRequest, context) => handleRules(deps, request, context)),
    listListingRules: unary((request: ListListingRulesRequest) => handleListRules(deps, request)),
  })
}

async function handlePreview(
  deps: ChangeServiceDeps,
  request: PreviewChangeRequest,
  { signal }: CallContext,
): Promise<PreviewChangeResponse> {
  const limit = readLimit(request.limit)
  const account = await getAccount(deps.db, request.account)
  const { change, known, warnings } = await readChange(deps, account, { request, signal })
  const preview = await previewChange(deps, { account, change, known, signal })
  return previewMessage(preview, { accountId: account.id, limit, warnings })
}

const applyMethod = { name: 'ChangeService/ApplyChange', request: ApplyChangeRequest, response: ApplyChangeResponse }

async function handleApply(
  deps: ChangeServiceDeps,
  request: ApplyChangeRequest,
  context: CallContext,
): Promise<ApplyChangeResponse> {
  const shown = await findDryRun(deps.db, request.confirmation.replaceAll('\u0000', ''))
  const known = await knownLocations(deps, shown?.change, context)
  return answerCommand(deps, { method: applyMethod, request }, async (tx) => {
    const { changeId, account, listings } = await applyChange(tx, deps, { ...request, known, actor: context.actor })
    return { changeId, account: accountMessage(account), listings }
  })
}

const undoMethod = { name: 'ChangeService/UndoChange', request: UndoChangeRequest, response: UndoChangeResponse }

async function handleUndo(
  deps: ChangeServiceDeps,
  request: UndoChangeRequest,
  context: CallContext,
): Promise<UndoChangeResponse> {
  const known = await knownForUndo(deps, request.account, context)
  return answerCommand(deps, { method: undoMethod, request }, async (tx) => {
    const { changeId, undone, account, listings } = await undoChange(tx, deps, {
      ...request,
      known,
      actor: context.actor,
    })
    return {
      changeId,
      undoneChangeId: undone.id,
      account: accountMessage(account),
      listings,
      undone: madeChangeMessage(undone),
    }
  })
}

async function handlePreviewUndo(
  deps: ChangeServiceDeps,
  request: PreviewUndoRequest,
  context: CallContext,
): Promise<PreviewUndoResponse> {
  const limit = readLimit(request.limit)
  const known = await knownForUndo(deps, request.account, context)
  const { undone, preview } = await previewUndo(deps, { account: request.account, known })
  const shown = { accountId: undone.accountId, limit, warnings: [] }
  return { undone: madeChangeMessage(undone), preview: previewMessage(preview, shown) }
}

async function knownForUndo(deps: ChangeServiceDeps, account: string, context: CallContext): Promise<Location[]> {
  const { id } = await getAccount(deps.db, account)
  return knownLocations(deps, (await findLastChange(deps.db, id))?.inverse, context)
}

/** Inventory is asked only about a change that maps locations; others need not wait for it. */
async function knownLocations(
  deps: ChangeServiceDeps,
  change: RuleChange | undefined,
  context: CallContext,
): Promise<Location[]> {
  return change?.kind === 'locations' ? deps.listKnownLocations(context) : []
}

async function handleListChanges(deps: ChangeServiceDeps, request: ListChangesRequest): Promise<ListChangesResponse> {
  const { id } = await getAccount(deps.db, request.account)
  const { limit, after } = readPage(request.page)
  const changes = await listRuleChanges(deps.db, id, { before: after, limit: limit + 1 })
  const page = cutPage(changes, limit, (change) => change.id)
  return { changes: page.entries.map(madeChangeMessage), nextPageToken: page.nextPageToken }
}

const rulesMethod = {
  name: 'ChangeService/UpdateListingRules',
  request: UpdateListingRulesRequest,
  response: UpdateListingRulesResponse,
}

function handleRules(
  deps: ChangeServiceDeps,
  request: UpdateListingRulesRequest,
  { actor }: CallContext,
): Promise<UpdateListingRulesResponse> {
  const rules = readListingRules(checkRules(request.rules))
  return answerCommand(deps, { method: rulesMethod, request }, async (tx) => {
    const listings = await updateListingRules(tx, deps, { account: request.account, rules, actor })
    return { rules: listings.map(listingRulesMessage) }
  })
}

async function handleListRules(
  deps: ChangeServiceDeps,
  request: ListListingRulesRequest,
): Promise<ListListingRulesResponse> {
  const { id } = await getAccount(deps.db, request.account)
  const { limit, after } = readPage(request.page)
  const listings = await pageRuledListings(deps.db, id, { after, limit: limit + 1 })
  const page = cutPage(listings, limit, ({ channelSku }) => channelSku)
  return { rules: page.entries.map(listingRulesMessage), nextPageToken: page.nextPageToken }
}
