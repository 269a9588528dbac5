import type { Account } from '@lockstep/contracts/generated/lockstep/channel/v1/account_service.ts'

import { type ExplainedStock, explanationAnswer } from '../answers/explanation-answer.ts'
import { ask, type Asker, unlessAway } from '../peers/ask.ts'
import type { Explanation } from '../wire/explanation.ts'
import { type ListingDeps, stockFacts } from './list-listings.ts'

const MOVEMENTS_SHOWN = 5

/** Why a listing's number is what it is, now, from the shelf to Amazon. */
export async function explainListing(
  deps: ListingDeps,
  listing: { readonly account: string; readonly channelSku: string },
  asker: Asker,
): Promise<Explanation> {
  const { peers } = deps
  const [{ account }, explained] = await Promise.all([
    ask(peers.accounts, 'getAccount', { account: listing.account }, asker),
    ask(peers.sync, 'explainListing', { ...listing, at: undefined }, asker),
  ])
  const itemId = explained.listing?.itemId ?? ''
  const stock = await unlessAway(itemId === '' ? nothing : readStock(deps, { itemId, account }, asker))
  return explanationAnswer(explained, stock)
}

const nothing: Promise<ExplainedStock> = Promise.resolve({ facts: undefined, movements: [] })

async function readStock(
  { peers, itemStock }: ListingDeps,
  { itemId, account }: { itemId: string; account: Account | undefined },
  asker: Asker,
): Promise<ExplainedStock> {
  const newest = { item: itemId, location: '', page: { size: MOVEMENTS_SHOWN, token: '' } }
  const [stocks, { movements }] = await Promise.all([
    itemStock.read([itemId], asker),
    ask(peers.inventory, 'listMovements', newest, asker),
  ])
  return { facts: stockFacts(stocks.get(itemId), account), movements }
}
