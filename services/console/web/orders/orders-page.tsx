import { Group, NativeSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'

import type { AccountAnswer } from '../../src/wire/account.ts'
import { accountsQuery } from '../api/queries.ts'
import { wordPart } from '../app/search-params.ts'
import { AccountSelect, namedAccount } from '../parts/account-select.tsx'
import { Empty } from '../parts/empty.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { SearchBox } from '../parts/search-box.tsx'
import { OrderList } from './order-list.tsx'

const route = getRouteApi('/orders')

const states = [
  { value: '', label: 'All' },
  { value: 'open', label: 'Open' },
  { value: 'parked', label: 'Parked' },
  { value: 'processed', label: 'Processed' },
  { value: 'cancelled', label: 'Cancelled' },
]
const folders = [
  { value: '', label: 'FBM and FBA' },
  { value: 'FBM', label: 'FBM' },
  { value: 'FBA', label: 'FBA' },
]

/** Orders, newest first. */
export function OrdersPage() {
  const { account: name } = route.useSearch()
  const { data: accounts } = useQuery(accountsQuery)
  const account = name === undefined ? undefined : namedAccount(accounts ?? [], name)
  return (
    <>
      <PageHead title="Orders" />
      <Filters accounts={accounts ?? []} />
      {name !== undefined && accounts && !account ? (
        <Empty title={`There is no account “${name}”`}>Choose another one above.</Empty>
      ) : (
        <OrderList account={account} accounts={accounts ?? []} isReady={name === undefined || account !== undefined} />
      )}
    </>
  )
}

function Filters({ accounts }: { accounts: readonly AccountAnswer[] }) {
  const { account, state, folder, search } = route.useSearch()
  const navigate = route.useNavigate()
  const change = (part: object, replace = false): void =>
    void navigate({ search: (at) => ({ ...at, page: undefined, ...part }), replace })
  return (
    <Group align="flex-end" mb="md" gap="sm" role="search" aria-label="Orders">
      <AccountSelect
        accounts={accounts}
        value={account}
        all="All accounts"
        onChoose={(chosen) => change({ account: chosen })}
      />
      <NativeSelect
        label="State"
        data={states}
        value={state ?? ''}
        onChange={({ currentTarget }) =>
          change({ state: wordPart(currentTarget.value, ['parked', 'open', 'processed', 'cancelled']) })
        }
      />
      <NativeSelect
        label="Folder"
        data={folders}
        value={folder ?? ''}
        onChange={({ currentTarget }) => change({ folder: wordPart(currentTarget.value, ['FBM', 'FBA']) })}
      />
      <SearchBox
        label="Search"
        placeholder="order id or SKU"
        value={search}
        onSearch={(text) => change({ search: text }, true)}
      />
    </Group>
  )
}
