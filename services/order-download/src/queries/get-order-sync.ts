import type { Kysely } from 'kysely'
import type { OrderFinding } from '../domain/order.ts'
import type { PollResult } from '../domain/poll-window.ts'
import type { AccountRow } from '../store/accounts.ts'
import { findPoll } from '../store/polls.ts'
import { countFindings, countOpenQuarantine } from '../store/sync-state.ts'
import type { OrderDownloadDb } from '../store/tables.ts'

export interface OrderSync {
  coveredUntil: Date | null
  goLiveAt: Date | null
  lastPollAt: Date | null
  lastPollResult: PollResult | null
  lastPollOrders: number
  nextPollAt: Date | null
  /** What is wrong and the next step; empty when all is well. */
  detail: string
}

const findingTexts: Record<OrderFinding, (count: number) => string> = {
  UNKNOWN_STATUS: (count) =>
    `${count} orders carry a status of Amazon's that is not known here: they wait like unpaid ones`,
  NO_ACCOUNT: (count) => `${count} orders belong to a marketplace without an account: add it (lockstep accounts add)`,
}

/** How an account's download stands, with everything that a person should do about it. */
export async function getOrderSync(db: Kysely<OrderDownloadDb>, account: AccountRow): Promise<OrderSync> {
  const poll = await findPoll(db, account.connection_id)
  const findings = await countFindings(db, account.connection_id)
  const quarantined = await countOpenQuarantine(db, account.connection_id)
  const details = [
    account.enabled ? '' : 'the account is disabled: nothing is fetched',
    account.enabled && poll?.next_poll_at === null ? 'no credentials are stored: authorise the account' : '',
    poll?.last_poll_detail ?? '',
    ...findings.map(({ finding, count }) => findingTexts[finding](count)),
    quarantined > 0 ? `${quarantined} orders could not be read and are in quarantine` : '',
  ]
  return {
    coveredUntil: account.covered_until,
    goLiveAt: account.go_live_at,
    lastPollAt: poll?.last_poll_at ?? null,
    lastPollResult: poll?.last_poll_result ?? null,
    lastPollOrders: poll?.last_poll_orders ?? 0,
    nextPollAt: poll?.next_poll_at ?? null,
    detail: details.filter((text) => text !== '').join('; '),
  }
}
