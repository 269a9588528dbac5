import { call } from '@lockstep/rpc/client'

import { TIMEOUT_MS } from '../command.ts'
import type { CliContext } from '../context.ts'

/** An account as far as prices need it. */
export interface PricedAccount {
  readonly id: string
  readonly name: string
  /** What its marketplace sells in; empty when it is not known. */
  readonly currency: string
}

/** The account that a command names by id or name. */
export async function accountNamed(context: CliContext, account: string): Promise<PricedAccount> {
  const settings = { timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true } as const
  const answer = await call(context.clients.accounts, 'getAccount', { account }, settings)
  const { id = '', name = account, currency = '' } = answer.account ?? {}
  return { id, name, currency }
}

/** The id of the account that a command names by id or name. */
export const accountIdOf = async (context: CliContext, account: string): Promise<string> =>
  (await accountNamed(context, account)).id

/** How people call the accounts, by id. Empty when the connector cannot be asked: what inventory knows is shown all the same. */
export async function accountNames(context: CliContext): Promise<ReadonlyMap<string, string>> {
  const settings = { timeoutMs: CONNECTOR_TIMEOUT_MS, actor: context.actor, readOnly: true } as const
  try {
    const { accounts } = await call(
      context.clients.accounts,
      'listAccounts',
      { page: { size: 1_000, token: '' } },
      settings,
    )
    return new Map(accounts.map(({ id, name }) => [id, name]))
  } catch {
    return new Map()
  }
}

const CONNECTOR_TIMEOUT_MS = 5_000

/** Why a price cannot be asked for in an account; undefined when it can. */
export function currencyProblem({ name, currency }: PricedAccount, asked: string): string | undefined {
  if (currency === '' || asked === currency) return undefined
  return `the currency is "${asked}", but ${name} sells in ${currency}: give the price in ${currency}`
}
