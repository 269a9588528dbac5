import { Group, Input, SegmentedControl } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'

import type { AccountAnswer } from '../../src/wire/account.ts'
import { accountsQuery } from '../api/queries.ts'
import { wordPart } from '../app/search-params.ts'
import { AccountSelect, namedAccount } from '../parts/account-select.tsx'
import { Empty } from '../parts/empty.tsx'
import { Loading } from '../parts/loading.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Problem } from '../parts/problem.tsx'
import { SearchBox } from '../parts/search-box.tsx'
import { AccountListings } from './account-listings.tsx'
import { WhyDrawer } from './why-drawer.tsx'

const route = getRouteApi('/listings')

const linkFilters = [
  { value: 'all', label: 'All' },
  { value: 'linked', label: 'Linked' },
  { value: 'unlinked', label: 'Unlinked' },
]

/** The listings of an account, each with the way of its number. */
export function ListingsPage() {
  const { account: named } = route.useSearch()
  const { data: accounts, error, refetch } = useQuery(accountsQuery)
  const isUnknown = accounts !== undefined && namedAccount(accounts, named) === undefined
  // A named account's listings need not wait for the list of all accounts.
  const account = isUnknown ? undefined : (named ?? accounts?.[0]?.name)
  return (
    <>
      <PageHead title="Listings" />
      <Filters accounts={accounts ?? []} chosen={account} />
      {account !== undefined && <AccountListings account={account} />}
      {account !== undefined && <OpenExplanation account={account} />}
      {isUnknown && <NoAccount name={named} />}
      {account === undefined && !isUnknown && !error && <Loading what="the accounts" rows={6} />}
      {account === undefined && error && (
        <Problem error={error} title="The accounts could not be read" onRetry={() => void refetch()} />
      )}
    </>
  )
}

function Filters({ accounts, chosen }: { accounts: readonly AccountAnswer[]; chosen: string | undefined }) {
  const { filter, search } = route.useSearch()
  const navigate = route.useNavigate()
  return (
    <Group align="flex-end" mb="md" gap="sm" role="search" aria-label="Listings">
      <AccountSelect
        accounts={accounts}
        value={namedAccount(accounts, chosen)?.name ?? chosen}
        onChoose={(account) => void navigate({ search: { account } })}
      />
      <Input.Wrapper label="Links" labelElement="div">
        <div>
          <SegmentedControl
            aria-label="Links"
            value={filter ?? 'all'}
            data={linkFilters}
            onChange={(value) =>
              void navigate({
                search: (at) => ({ ...at, page: undefined, filter: wordPart(value, ['linked', 'unlinked']) }),
              })
            }
          />
        </div>
      </Input.Wrapper>
      <SearchBox
        label="Search"
        placeholder="SKU or title"
        value={search}
        onSearch={(text) =>
          void navigate({ search: (at) => ({ ...at, page: undefined, search: text }), replace: true })
        }
      />
    </Group>
  )
}

function OpenExplanation({ account }: { account: string }) {
  const { why } = route.useSearch()
  const navigate = route.useNavigate()
  return (
    <WhyDrawer
      account={account}
      sku={why}
      onClose={() => void navigate({ search: (at) => ({ ...at, why: undefined }) })}
    />
  )
}

function NoAccount({ name }: { name: string | undefined }) {
  if (name === undefined) {
    return (
      <Empty title="No account yet" command="npx --no-install lockstep accounts add --help">
        Listings belong to an account. Add the first one from the command line:
      </Empty>
    )
  }
  return <Empty title={`There is no account “${name}”`}>Choose one above.</Empty>
}
