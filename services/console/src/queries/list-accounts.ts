import type { Account } from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'

import { accountAnswer } from '../answers/account-answer.ts'
import { textOrNull } from '../answers/values.ts'
import { ask, type Asker, unlessAway } from '../peers/ask.ts'
import { inTurns } from '../peers/in-turns.ts'
import type { Peers } from '../peers/peers.ts'
import type { AccountAnswer, AccountPage } from '../wire/account.ts'

type AccountPeers = Pick<Peers, 'accounts' | 'sync' | 'orders'>

const PAGE_SIZE = 100
const AT_A_TIME = 8

/** A page of accounts in the order of their creation, each with how its push and its orders stand. */
export async function listAccounts(peers: AccountPeers, pageToken: string, asker: Asker): Promise<AccountPage> {
  const page = { size: PAGE_SIZE, token: pageToken }
  const { accounts, nextPageToken } = await ask(peers.accounts, 'listAccounts', { page }, asker)
  return {
    accounts: await inTurns(accounts, AT_A_TIME, (account) => withStandings(peers, account, asker)),
    nextPageToken: textOrNull(nextPageToken),
  }
}

async function withStandings(peers: AccountPeers, account: Account, asker: Asker): Promise<AccountAnswer> {
  const [push, orders] = await Promise.all([
    unlessAway(ask(peers.sync, 'getSyncStatus', { account: account.id }, asker)),
    unlessAway(ask(peers.orders, 'getOrderSync', { accountId: account.id }, asker)),
  ])
  return accountAnswer({ account, push, orders })
}
