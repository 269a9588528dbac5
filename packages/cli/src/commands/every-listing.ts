import { type Listing, ListingFilter } from '@lockstep/contracts/generated/lockstep/channel/v1/mapping_service.ts'
import { call } from '@lockstep/rpc/client'

import { TIMEOUT_MS } from '../command.ts'
import type { CliContext } from '../context.ts'

/** The listings of an account by SKU, a page at a time. */
export async function* listingPages(
  context: CliContext,
  wanted: { account: string; filter: ListingFilter; search: string },
): AsyncGenerator<readonly Listing[]> {
  const settings = { timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true } as const
  let token = ''
  do {
    const answer = await call(
      context.clients.mapping,
      'listListings',
      { ...wanted, page: { size: PAGE, token } },
      settings,
    )
    yield answer.listings
    token = answer.nextPageToken
  } while (token !== '')
}

/** As many as inventory takes at a time, too. */
const PAGE = 1_000
