import {
  ConfirmMassZeroRequest,
  ConfirmMassZeroResponse,
  type DryRunRequest,
  type DryRunResponse,
  type ExplainListingRequest,
  ForceUpdateRequest,
  ForceUpdateResponse,
  type GetSyncStatusRequest,
  type GetSyncStatusResponse,
  PauseSyncRequest,
  PauseSyncResponse,
  ResumeSyncRequest,
  ResumeSyncResponse,
  SyncServiceService,
} from '@lockstep/contracts/generated/lockstep/channel/v1/sync_service.ts'
import type { Ids } from '@lockstep/contracts/ids'
import { type CallContext, unary } from '@lockstep/rpc/handler'
import { type ServiceBinding, serviceBinding } from '@lockstep/rpc/server'

import { confirmMassZero } from '../commands/confirm-mass-zero.ts'
import { dryRun } from '../commands/dry-run.ts'
import { forceUpdate } from '../commands/force-update.ts'
import { pauseSync, resumeSync } from '../commands/pause-sync.ts'
import type { CallAmazon } from '../commands/read-live.ts'
import { explainListing } from '../queries/explain-listing.ts'
import { readSyncStatus } from '../queries/sync-status.ts'
import { accountMessage } from './account-message.ts'
import { answerCommand, type CommandDeps } from './answer-command.ts'
import { explanationMessage } from './explanation-message.ts'
import { readLimit } from './page.ts'

/** What the sync service works with. */
export interface SyncServiceDeps extends CommandDeps {
  ids: Ids
  /** A change that takes more than this share of an account's linked listings to 0 is confirmed twice. */
  zerosSharePercent: number
  /** One call to Amazon, through its buckets. */
  callAmazon: CallAmazon
}

/** The push side over gRPC: what would be sent, what is sent, and why. */
export function syncServiceBinding(deps: SyncServiceDeps): ServiceBinding {
  return serviceBinding(SyncServiceService, {
    explainListing: unary(async ({ account, channelSku, at }: ExplainListingRequest) =>
      explanationMessage(await explainListing(deps.db, { account, channelSku, at })),
    ),
    getSyncStatus: unary((request: GetSyncStatusRequest) => handleGetSyncStatus(deps, request)),
    dryRun: unary((request: DryRunRequest, context) => handleDryRun(deps, request, context)),
    forceUpdate: unary((request: ForceUpdateRequest, context) => handleForceUpdate(deps, request, context)),
    pauseSync: unary((request: PauseSyncRequest, context) => handlePauseSync(deps, request, context)),
    resumeSync: unary((request: ResumeSyncRequest, context) => handleResumeSync(deps, request, context)),
    confirmMassZero: unary((request: ConfirmMassZeroRequest) => handleConfirmMassZero(deps, request)),
  })
}

async function handleGetSyncStatus(
  deps: SyncServiceDeps,
  request: GetSyncStatusRequest,
): Promise<GetSyncStatusResponse> {
  const { account, linked, states, oldestWaiting, massZero, unseenOpen, drifts } = await readSyncStatus(
    deps.db,
    request.account,
  )
  return {
    account: accountMessage(account),
    linked,
    states: Object.fromEntries(states),
    oldestWaiting: oldestWaiting && {
      channelSku: oldestWaiting.channelSku,
      since: oldestWaiting.since,
      lane: oldestWaiting.lane ?? '',
      blockedBy: oldestWaiting.blockedBy ?? oldestWaiting.shutOut ?? 'NO_TOKEN',
      behindFeedId: oldestWaiting.behindFeedId ?? '',
    },
    massZero,
    unseenOpen,
    drifts: Object.fromEntries(drifts.kinds),
    drifted: drifts.newest.map(({ channelSku, kind, live, readAt }) => ({
      channelSku,
      kind,
      live: live === null ? undefined : BigInt(live),
      readAt: readAt ?? undefined,
    })),
  }
}

const mostConflicts = 1000

async function handleDryRun(
  deps: SyncServiceDeps,
  { account, limit }: DryRunRequest,
  context: CallContext,
): Promise<DryRunResponse> {
  const lines = readLimit(limit)
  const run = await dryRun(deps, { idOrName: account, signal: context.signal })
  return {
    accountId: run.account.id,
    changes: run.changes.length,
    zeros: run.zeros,
    unchanged: run.unchanged,
    gated: run.gated,
    durationSeconds: run.durationSeconds,
    lines: run.changes.slice(0, lines).map(({ channelSku, from, to = 0 }) => ({
      channelSku,
      from: from === undefined ? undefined : BigInt(from),
      to: BigInt(to),
    })),
    confirmation: run.confirmation,
    zerosConfirmation: run.zerosConfirmation ?? '',
    conflicts: run.conflicts.slice(0, mostConflicts),
  }
}

const forceMethod = { name: 'SyncService/ForceUpdate', request: ForceUpdateRequest, response: ForceUpdateResponse }

function handleForceUpdate(
  deps: SyncServiceDeps,
  request: ForceUpdateRequest,
  { actor }: CallContext,
): Promise<ForceUpdateResponse> {
  return answerCommand(deps, { method: forceMethod, request }, (tx) =>
    forceUpdate(tx, { account: request.account, confirmed: request.confirmed, actor }),
  )
}

const pauseMethod = { name: 'SyncService/PauseSync', request: PauseSyncRequest, response: PauseSyncResponse }

function handlePauseSync(
  deps: SyncServiceDeps,
  request: PauseSyncRequest,
  { actor }: CallContext,
): Promise<PauseSyncResponse> {
  return answerCommand(deps, { method: pauseMethod, request }, async (tx) => ({
    accounts: (await pauseSync(tx, deps, { ...request, actor })).map((account) => accountMessage(account)),
  }))
}

const resumeMethod = { name: 'SyncService/ResumeSync', request: ResumeSyncRequest, response: ResumeSyncResponse }

function handleResumeSync(
  deps: SyncServiceDeps,
  request: ResumeSyncRequest,
  { actor }: CallContext,
): Promise<ResumeSyncResponse> {
  return answerCommand(deps, { method: resumeMethod, request }, async (tx) => ({
    accounts: (await resumeSync(tx, deps, { ...request, actor })).map((account) => accountMessage(account)),
  }))
}

const confirmMethod = {
  name: 'SyncService/ConfirmMassZero',
  request: ConfirmMassZeroRequest,
  response: ConfirmMassZeroResponse,
}

function handleConfirmMassZero(
  deps: SyncServiceDeps,
  request: ConfirmMassZeroRequest,
): Promise<ConfirmMassZeroResponse> {
  return answerCommand(deps, { method: confirmMethod, request }, (tx) => confirmMassZero(tx, deps, request))
}
