import type { Account } from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'
import {
  type Listing,
  ListingFilter,
  type ListListingsResponse,
} from '@lockstep/contracts/generated/lockstep/channel/v1/mapping_service.ts'

import { listingAnswer, type StockFacts } from '../answers/listing-answer.ts'
import { instant, textOrNull } from '../answers/values.ts'
import { stockInLocations } from '../domain/stock-in-locations.ts'
import { ask, type Asker, unlessAway } from '../peers/ask.ts'
import type { Peers } from '../peers/peers.ts'
import type { ListingPage } from '../wire/listing.ts'
import type { ItemStock, ItemStockReader } from './item-stock.ts'

/** What the queries about listings ask. */
export interface ListingDeps {
  readonly peers: Pick<Peers, 'accounts' | 'mapping' | 'sync' | 'inventory' | 'reports'>
  readonly itemStock: ItemStockReader
}

/** Which listings are wanted. */
export interface ListingQuestion {
  /** Account id or name. */
  readonly account: string
  readonly filter: 'all' | 'linked' | 'unlinked'
  readonly search: string
  readonly pageToken: string
}

const PAGE_SIZE = 50
const filters = {
  all: ListingFilter.UNSPECIFIED,
  linked: ListingFilter.LINKED,
  unlinked: ListingFilter.UNLINKED,
} as const

/** A page of an account's listings, each with the stages of its number. */
export async function listListings(
  { peers, itemStock }: ListingDeps,
  question: ListingQuestion,
  asker: Asker,
): Promise<ListingPage> {
  const page = { size: PAGE_SIZE, token: question.pageToken }
  const request = { account: question.account, filter: filters[question.filter], search: question.search, page }
  const [{ account }, answer] = await Promise.all([
    ask(peers.accounts, 'getAccount', { account: question.account }, asker),
    ask(peers.mapping, 'listListings', request, asker),
  ])
  const [stocks, reportReason] = await Promise.all([
    unlessAway(itemStock.read(itemIdsOf(answer.listings), asker)),
    failureOfReport(peers, answer, asker),
  ])
  return {
    account: { id: answer.accountId, name: answer.accountName },
    active: answer.active,
    linked: answer.linked,
    unlinked: answer.unlinked,
    report: { state: textOrNull(answer.reportState), at: instant(answer.reportAt), reason: reportReason },
    listings: answer.listings.map((listing) =>
      listingAnswer(listing, stockFacts(stocks?.get(listing.itemId), account)),
    ),
    nextPageToken: textOrNull(answer.nextPageToken),
    stockKnown: stocks !== undefined,
  }
}

/** The first two stages of a listing; undefined when nothing is known of its item in the locations of its account. */
export function stockFacts(stock: ItemStock | undefined, account: Account | undefined): StockFacts | undefined {
  if (!stock || !account) return undefined
  const { locationIds, settings } = account
  const sums = stockInLocations(stock.levels, { locationIds, withoutFba: settings?.channelSpecificStock ?? true })
  if (!sums) return undefined
  const at = instant(stock.movedAt)
  return { ledger: { quantity: sums.onHand, at }, available: { quantity: sums.available, at } }
}

function itemIdsOf(listings: readonly Listing[]): string[] {
  return [...new Set(listings.map(({ itemId }) => itemId).filter((id) => id !== ''))]
}

const LISTINGS_REPORT = 'GET_MERCHANT_LISTINGS_ALL_DATA'

async function failureOfReport(
  { reports }: Pick<Peers, 'reports'>,
  { accountId, reportState }: ListListingsResponse,
  asker: Asker,
): Promise<string | null> {
  if (reportState !== 'Failed') return null
  const newest = { accountId, reportType: LISTINGS_REPORT, page: { size: 1, token: '' } }
  const answer = await unlessAway(ask(reports, 'listReports', newest, asker))
  return textOrNull(answer?.reports[0]?.reason ?? '')
}
