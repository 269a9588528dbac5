import {
  LinkListingRequest,
  LinkListingResponse,
  ListingFilter,
  type Listing,
  type ListListingsOfItemRequest,
  type ListListingsOfItemResponse,
  type ListListingsRequest,
  type ListListingsResponse,
  MappingServiceService,
  type RefreshListingsRequest,
  type ResolveListingsRequest,
  type ResolveListingsResponse,
  UnlinkListingRequest,
  UnlinkListingResponse,
} from '@lockstep/contracts/generated/lockstep/channel/v1/mapping_service.ts'
import type { Ids } from '@lockstep/contracts/ids'
import { type CallContext, unary } from '@lockstep/rpc/handler'
import { type ServiceBinding, serviceBinding } from '@lockstep/rpc/server'
import type { Transaction } from 'kysely'
import { getAccount } from '../commands/get-account.ts'
import { linkListing, unlinkListing } from '../commands/link-listing.ts'
import { refreshListings, type RefreshListingsDeps } from '../commands/refresh-listings.ts'
import { refusal } from '../commands/refuse.ts'
import { countListings, findListingView, listListings, listListingsOfItem } from '../queries/list-listings.ts'
import { resolveListings } from '../queries/resolve-listings.ts'
import type { ChannelDb } from '../store/database.ts'
import { answerCommand, type CommandDeps } from './answer-command.ts'
import { listingMessage } from './listing-message.ts'
import { cutPage, readPage } from './page.ts'

/** What the mapping service works with. */
export interface MappingServiceDeps extends CommandDeps, RefreshListingsDeps {
  ids: Ids
  /** A change that nobody looked at takes at most this share of an account's linked listings to 0. */
  zerosSharePercent: number
  /** The item that inventory knows by this id or SKU; refuses an unknown one. */
  getItem(item: string, context: { signal: AbortSignal }): Promise<{ id: string; sku: string }>
}

/** Listings and their links over gRPC. */
export function mappingServiceBinding(deps: MappingServiceDeps): ServiceBinding {
  return serviceBinding(MappingServiceService, {
    listListings: unary((request: ListListingsRequest) => handleListListings(deps, request)),
    linkListing: unary((request: LinkListingRequest, context) => handleLinkListing(deps, request, context)),
    unlinkListing: unary((request: UnlinkListingRequest, context) => handleUnlinkListing(deps, request, context)),
    refreshListings: unary((request: RefreshListingsRequest, context) => refreshListings(deps, request, context)),
    resolveListings: unary((request: ResolveListingsRequest) => handleResolveListings(deps, request)),
    listListingsOfItem: unary((request: ListListingsOfItemRequest) => handleListListingsOfItem(deps, request)),
  })
}

async function handleListListings(
  deps: MappingServiceDeps,
  request: ListListingsRequest,
): Promise<ListListingsResponse> {
  const account = await getAccount(deps.db, request.account)
  const { limit, after } = readPage(request.page)
  const search = request.search.replaceAll('\u0000', '')
  const wanted = { accountId: account.id, filter: readFilter(request.filter), search, after, limit: limit + 1 }
  const page = cutPage(await listListings(deps.db, wanted), limit, ({ channelSku }) => channelSku)
  const { active, linked } = await countListings(deps.db, account.id)
  return {
    accountId: account.id,
    accountName: account.name,
    active,
    linked,
    unlinked: active - linked,
    reportState: account.listingsReportState ?? '',
    reportAt: account.listingsReportAt ?? undefined,
    listings: page.entries.map(listingMessage),
    nextPageToken: page.nextPageToken,
  }
}

function readFilter(filter: ListingFilter): 'all' | 'linked' | 'unlinked' {
  if (filter === ListingFilter.LINKED) return 'linked'
  return filter === ListingFilter.UNLINKED ? 'unlinked' : 'all'
}

const linkMethod = {
  name: 'MappingService/LinkListing',
  request: LinkListingRequest,
  response: LinkListingResponse,
}

async function handleLinkListing(
  deps: MappingServiceDeps,
  request: LinkListingRequest,
  context: CallContext,
): Promise<LinkListingResponse> {
  const item = await deps.getItem(request.item, context)
  return answerCommand(deps, { method: linkMethod, request }, async (tx) => {
    const { listingId, warnings } = await linkListing(tx, deps, { ...request, item, actor: context.actor })
    return { listing: await shownListing(tx, listingId), warnings }
  })
}

const unlinkMethod = {
  name: 'MappingService/UnlinkListing',
  request: UnlinkListingRequest,
  response: UnlinkListingResponse,
}

function handleUnlinkListing(
  deps: MappingServiceDeps,
  request: UnlinkListingRequest,
  context: CallContext,
): Promise<UnlinkListingResponse> {
  return answerCommand(deps, { method: unlinkMethod, request }, async (tx) => {
    const { listingId } = await unlinkListing(tx, deps, { ...request, actor: context.actor })
    return { listing: await shownListing(tx, listingId) }
  })
}

async function shownListing(tx: Transaction<ChannelDb>, listingId: string): Promise<Listing | undefined> {
  const view = await findListingView(tx, listingId)
  return view && listingMessage(view)
}

const mostReferences = 1000

async function handleResolveListings(
  deps: MappingServiceDeps,
  { connectionId, references }: ResolveListingsRequest,
): Promise<ResolveListingsResponse> {
  if (references.length > mostReferences) {
    throw refusal('FIELD_INVALID', {
      message: `${references.length} references are too many: at most ${mostReferences} at a time`,
      field: 'references',
      value: String(references.length),
    })
  }
  const resolved = await resolveListings(deps.db, connectionId, references)
  return {
    listings: resolved.map((line) => ({
      accountId: line.accountId ?? '',
      listingId: line.listingId ?? '',
      itemId: line.itemId ?? '',
      itemSku: line.itemSku ?? '',
      orderLocationId: line.orderLocationId ?? '',
    })),
  }
}

async function handleListListingsOfItem(
  deps: MappingServiceDeps,
  { itemId }: ListListingsOfItemRequest,
): Promise<ListListingsOfItemResponse> {
  const views = await listListingsOfItem(deps.db, itemId)
  return { listings: views.map(listingMessage) }
}
