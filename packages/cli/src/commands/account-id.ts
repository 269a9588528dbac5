import { call } from '@lockstep/rpc/client'

import { TIMEOUT_MS } from '../command.ts'
import type { CliContext } from '../context.ts'

/** The id of the account that a command names by id or name. */
export async function accountIdOf(context: CliContext, account: string): Promise<string> {
  const settings = { timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true } as const
  const answer = await call(context.clients.accounts, 'getAccount', { account }, settings)
  return answer.account?.id ?? ''
}
