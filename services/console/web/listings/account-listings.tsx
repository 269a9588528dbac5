import { Alert, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'

import type { ListingPage } from '../../src/wire/listing.ts'
import { listingsQuery } from '../api/queries.ts'
import { DataTable } from '../parts/data-table.tsx'
import { Empty } from '../parts/empty.tsx'
import { Loading } from '../parts/loading.tsx'
import { Pager } from '../parts/pager.tsx'
import { Problem } from '../parts/problem.tsx'
import { listingColumns } from './listing-columns.tsx'
import { ListingTotals } from './listing-totals.tsx'

const route = getRouteApi('/listings')

/** A page of an account's listings under the totals of all of them. */
export function AccountListings({ account }: { account: string }) {
  const { filter, search, page } = route.useSearch()
  const { data, error, refetch } = useQuery(listingsQuery({ account, filter, search, page }))
  if (!data) {
    if (error) return <Problem error={error} title="The listings could not be read" onRetry={() => void refetch()} />
    return <Loading what="the listings" rows={6} />
  }
  return (
    <>
      <ListingTotals page={data} />
      {error && <Problem error={error} title="The listings could not be read again; these may be old" />}
      {!data.stockKnown && (
        <Alert color="yellow" mb="sm" role="note">
          inventory does not answer, so the stages Ledger and Available are missing.
        </Alert>
      )}
      <Listings data={data} />
    </>
  )
}

function Listings({ data }: { data: ListingPage }) {
  const account = data.account.name
  const { search, filter, page } = route.useSearch()
  const navigate = route.useNavigate()
  if (data.listings.length === 0) {
    if (search !== undefined || filter !== undefined) {
      return <Empty title="No listing matches">Change the search, or show all of them.</Empty>
    }
    return (
      <Empty title="No listings yet" command={`npx --no-install lockstep mapping refresh ${account}`}>
        They come with Amazon’s own report. Ask for it:
      </Empty>
    )
  }
  return (
    <>
      <DataTable
        label={`Listings of ${account}`}
        columns={listingColumns}
        rows={data.listings}
        rowId={({ id }) => id}
      />
      <Pager
        page={page}
        next={data.nextPageToken}
        shown={data.listings.length}
        onGo={(to) => void navigate({ search: (at) => ({ ...at, page: to }) })}
      />
      <Text size="xs" c="dimmed" mt="sm">
        Each row shows the way of its number: from the ledger to what buyers see. Grey, dashed stages show the number
        before; times are yours, the UTC instant shows on hover.
      </Text>
    </>
  )
}
