import { sql, type Kysely } from 'kysely'

import { getAccount } from '../commands/get-account.ts'
import { refusal } from '../commands/refuse.ts'
import { explainNow, type ShutOut } from '../domain/explain-now.ts'
import { explainPast } from '../domain/explain-past.ts'
import type { Explanation } from '../domain/explanation.ts'
import { groupInputs, type MemberFacts } from '../domain/member-inputs.ts'
import type { Account } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import { findHoldingFeed } from '../store/feeds.ts'
import { stateFrom } from '../store/state-text.ts'
import { namesInGroups } from '../store/group-names.ts'
import { listMemberFacts } from '../store/member-facts.ts'
import { findComputation, firstRecordAt, listNewestEntries } from '../store/records.ts'
import { shutOut } from '../store/shut-out.ts'
import { findListingView, type ListingView } from './list-listings.ts'

/** A listing's number explained, with the listing and the marketplaces of those that share its SKU. */
export interface ExplainedListing {
  account: Account
  listing: ListingView
  explanation: Explanation
  /** Country code by account id. */
  marketplaces: ReadonlyMap<string, string>
  /** How people call the accounts and items that the explanation's words name by id. */
  names: ReadonlyMap<string, string>
}

/** Explains one listing's number, for now or for a past moment. Refuses an unknown account or listing. */
export async function explainListing(
  db: Kysely<ChannelDb>,
  question: { account: string; channelSku: string; at: Date | undefined },
): Promise<ExplainedListing> {
  const account = await getAccount(db, question.account)
  if (question.at && question.at.getTime() > Date.now() + skewMs) throw notYet(question.at)
  const { listing, groupId } = await getListing(db, account, question.channelSku)
  const facts = await listMemberFacts(db, [groupId])
  const marketplaces = await marketplacesOf(db, facts)
  const place = { listingId: listing.id, groupId }
  const explanation = question.at
    ? await explainThen(db, { ...place, listing, at: question.at })
    : await explainPresent(db, { ...place, facts })
  return { account, listing, explanation, marketplaces, names: await namesInGroups(db, [groupId]) }
}

/** Clocks of two machines differ a little. */
const skewMs = 60_000

function notYet(at: Date): Error {
  return refusal('FIELD_INVALID', {
    message: `${at.toISOString()} has not come yet`,
    nextStep: 'give a past moment, or leave it out for now',
    field: 'at',
    value: at.toISOString(),
  })
}

async function getListing(db: Kysely<ChannelDb>, account: Account, channelSku: string) {
  const isPossible = !channelSku.includes('\u0000')
  const row = isPossible
    ? await db
        .selectFrom('listing')
        .select(['id', 'group_id as groupId'])
        .where('account_id', '=', account.id)
        .where('channel_sku', '=', channelSku)
        .executeTakeFirst()
    : undefined
  const listing = row && (await findListingView(db, row.id))
  if (row && listing) return { listing, groupId: row.groupId }
  throw refusal('LISTING_UNKNOWN', {
    message: `${account.name} has no listing "${channelSku.slice(0, 60)}"`,
    field: 'channel_sku',
    value: channelSku.slice(0, 60),
  })
}

async function explainThen(
  db: Kysely<ChannelDb>,
  { listingId, groupId, listing, at }: { listingId: string; groupId: string; listing: ListingView; at: Date },
): Promise<Explanation> {
  const record = await findComputation(db, groupId, at)
  const entries = await listNewestEntries(db, groupId, at)
  if (!record && entries.length === 0) throw nothingKnown(listing, at, await firstRecordAt(db, groupId))
  return explainPast({ listingId, at: at.getTime(), record, entries })
}

function nothingKnown(listing: ListingView, at: Date, first: Date | undefined): Error {
  const since = first ? `before ${first.toISOString()}` : 'yet: no number was ever computed for it'
  return refusal('BEFORE_FIRST_RECORD', {
    message: `nothing is known of "${listing.channelSku}" ${since}`,
    field: 'at',
    value: at.toISOString(),
    ...(!first && {
      nextStep: 'link it and map a location: lockstep why <account> <channel-sku> says what is missing',
    }),
  })
}

async function explainPresent(
  db: Kysely<ChannelDb>,
  { listingId, groupId, facts }: { listingId: string; groupId: string; facts: readonly MemberFacts[] },
): Promise<Explanation> {
  const { rows } = await sql<{
    at: number
    pacing: string | null
    blocked_by: string | null
    not_before: number | null
    shut_out: ShutOut | null
  }>`
    select (extract(epoch from clock_timestamp()) * 1000)::bigint as at, s.pacing, s.blocked_by,
           (extract(epoch from s.not_before) * 1000)::bigint as not_before,
           ${shutOut} as shut_out
      from (select 1) one
      left join group_state s on s.group_id = ${groupId}
      left join connection c on c.id = s.connection_id`.execute(db)
  const [row] = rows
  const explanation = explainNow({
    listingId,
    at: row?.at ?? Date.now(),
    inputs: groupInputs(facts),
    state: stateFrom(row?.pacing ?? null),
    blockedBy: row?.blocked_by ?? null,
    notBefore: row?.not_before ?? null,
    shutOut: row?.shut_out ?? null,
  })
  const { scheduled } = explanation.chain
  if (scheduled?.blockedBy !== 'BARRIER') return explanation
  return {
    ...explanation,
    chain: { ...explanation.chain, scheduled: { ...scheduled, detail: await barrierOf(db, groupId) } },
  }
}

/** What a number waits behind, with Amazon's own id of it where it has one. */
async function barrierOf(db: Kysely<ChannelDb>, groupId: string): Promise<string> {
  const feed = await findHoldingFeed(db, groupId)
  if (!feed) return ''
  return `behind feed ${feed.id}${feed.channelFeedId === null ? '' : `, Amazon’s ${feed.channelFeedId}`} (${feed.state})`
}

async function marketplacesOf(
  db: Kysely<ChannelDb>,
  facts: readonly MemberFacts[],
): Promise<ReadonlyMap<string, string>> {
  const ids = [...new Set(facts.map((member) => member.accountId))]
  const rows = await db.selectFrom('account').select(['id', 'marketplace']).where('id', 'in', ids).execute()
  return new Map(rows.map((row) => [row.id, row.marketplace]))
}
