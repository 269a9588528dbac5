import type { Ids } from '@lockstep/contracts/ids'
import { findMarketplace } from '@lockstep/sp-api/marketplaces'
import { checkChannelSku } from '@lockstep/sp-api/sku-encoding'
import type { Kysely } from 'kysely'
import type { ReportedListing } from '../domain/listings-report.ts'
import type { Account } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import { queueRecompute } from '../store/recompute.ts'
import { saveReportSlice } from '../store/report-rows.ts'

/** What saving listings needs. */
export interface SaveListingsDeps {
  db: Kysely<ChannelDb>
  ids: Ids
  /** Wakes the pipeline after a change was committed. */
  poke(): void
}

/** Where listings were seen. */
export interface ListingsSource {
  account: Account
  /** What the cause of a recompute refers to: our report id, or the account. */
  reference: string
  /** When the report was asked for; null for what is no report and changes nothing that any report said. */
  reportedAt: Date | null
}

/** Saves listings that Amazon showed, in one transaction, and has the groups considered again whose number that can alter. No SKU may stand among them twice. */
export async function saveListings(
  deps: SaveListingsDeps,
  { account, reference, reportedAt }: ListingsSource,
  listings: readonly ReportedListing[],
): Promise<void> {
  if (listings.length === 0) return
  const touched = await deps.db.transaction().execute(async (tx) => {
    const groups = await saveReportSlice(tx, {
      accountId: account.id,
      connectionId: account.connectionId,
      marketplaceId: account.marketplaceId,
      currency: findMarketplace(account.marketplaceId)?.currency ?? '',
      reportedAt,
      rows: listings.map((row) => ({ ...row, listingId: deps.ids.next('lst'), groupId: deps.ids.next('grp') })),
    })
    await queueRecompute(tx, groups, { kind: 'listings_reported', reference, actor: 'system', note: '' })
    return groups.length
  })
  if (touched > 0) deps.poke()
}

/** Why a SKU cannot be linked; null when it can. */
export function skuProblemOf(sku: string): string | null {
  const check = checkChannelSku(sku)
  return check.kind === 'good' ? null : check.detail
}
