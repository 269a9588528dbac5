import { status } from '@grpc/grpc-js'
import type { AccountServiceClient } from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import { call } from '@lockstep/rpc/client'
import { isServiceError } from '@lockstep/rpc/refusal'

import type { AccountRead } from '../commands/request-report.ts'

/** The channel connector does not answer, so nothing was decided. */
export class PeerUnavailableError extends Error {
  override readonly name = 'PeerUnavailableError'
}

const TIMEOUT_MS = 10_000

/** Reads an account. Undefined when there is none. */
export async function readAccount(accounts: AccountServiceClient, accountId: string): Promise<AccountRead | undefined> {
  try {
    const { account } = await call(
      accounts,
      'getAccount',
      { account: accountId },
      { timeoutMs: TIMEOUT_MS, readOnly: true },
    )
    return { enabled: account?.settings?.enabled ?? false, marketplaceId: account?.marketplaceId ?? '' }
  } catch (error) {
    if (isServiceError(error) && error.code === status.NOT_FOUND) return undefined
    if (isServiceError(error)) throw new PeerUnavailableError('channel-connector does not answer', { cause: error })
    throw error
  }
}
