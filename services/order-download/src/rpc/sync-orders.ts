import {
  SyncOrdersRequest,
  SyncOrdersResponse,
} from '@lockstep/contracts/generated/lockstep/orders/v1/order_service.ts'
import { answerOnce, type KeyedCommand } from '@lockstep/postgres/idempotency'
import type { CallContext } from '@lockstep/rpc/handler'
import { syncOrders, type SyncDeps } from '../commands/sync-orders.ts'
import type { FindAccount } from './find-account.ts'
import { disabledAccount } from './refusals.ts'

/** Nobody has answered this command yet; rolls the look-up back. */
class NotAnsweredError extends Error {
  override name = 'NotAnsweredError'
}

/** Polls now and answers how it ended. A repeat with the same key gets the first answer without another poll. */
export async function handleSyncOrders(
  deps: SyncDeps & { findAccount: FindAccount },
  request: SyncOrdersRequest,
  context: CallContext,
): Promise<SyncOrdersResponse> {
  const command = {
    key: request.idempotencyKey,
    method: 'SyncOrders',
    request: SyncOrdersRequest.encode(request).finish(),
  }
  const before = await findAnswer(deps, command)
  if (before) return SyncOrdersResponse.decode(before)

  const account = await deps.findAccount(request.accountId)
  if (!account.enabled) throw disabledAccount(request.accountId)
  const { coveredUntil, ...synced } = await syncOrders(deps, account, context.signal)
  const answer = { ...synced, coveredUntil: coveredUntil ?? undefined }
  const given = await deps.db
    .transaction()
    .execute((tx) => answerOnce(tx, command, async () => SyncOrdersResponse.encode(answer).finish()))
  return SyncOrdersResponse.decode(given)
}

/** A poll takes too long to hold a transaction open for it, so the first answer is looked up before and stored after. */
async function findAnswer(deps: SyncDeps, command: KeyedCommand): Promise<Uint8Array | undefined> {
  try {
    return await deps.db.transaction().execute((tx) =>
      answerOnce(tx, command, async (): Promise<Uint8Array> => {
        throw new NotAnsweredError()
      }),
    )
  } catch (error) {
    if (error instanceof NotAnsweredError) return undefined
    throw error
  }
}
