import { Group, NativeSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'

import type { AccountAnswer } from '../../src/wire/account.ts'
import { accountsQuery } from '../api/queries.ts'
import { AccountSelect, namedAccount } from '../parts/account-select.tsx'
import { Empty } from '../parts/empty.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { SearchBox } from '../parts/search-box.tsx'
import { callClasses } from '../words/calls.ts'
import { CallList } from './call-list.tsx'
import { Findings } from './findings.tsx'

const route = getRouteApi('/log')

/** What is wrong with an account, and every call to Amazon that did not end well. */
export function LogPage() {
  const { account: name } = route.useSearch()
  const { data: accounts } = useQuery(accountsQuery)
  const account = name === undefined ? undefined : namedAccount(accounts ?? [], name)
  return (
    <>
      <PageHead title="Log" />
      <Filters accounts={accounts ?? []} />
      {name !== undefined && accounts && !account ? (
        <Empty title={`There is no account “${name}”`}>Choose another one above.</Empty>
      ) : (
        <>
          {account && <Findings account={account.name} />}
          <CallList account={account?.id} isReady={name === undefined || account !== undefined} />
        </>
      )}
    </>
  )
}

function Filters({ accounts }: { accounts: readonly AccountAnswer[] }) {
  const { account, class: word, operation } = route.useSearch()
  const navigate = route.useNavigate()
  const change = (part: object, replace = false): void =>
    void navigate({ search: (at) => ({ ...at, page: undefined, ...part }), replace })
  return (
    <Group align="flex-end" mb="md" gap="sm" role="search" aria-label="Calls">
      <AccountSelect
        accounts={accounts}
        value={account}
        all="All accounts"
        onChoose={(chosen) => change({ account: chosen })}
      />
      <NativeSelect
        label="Class"
        data={callClasses}
        value={word ?? ''}
        onChange={({ currentTarget }) =>
          change({ class: currentTarget.value === '' ? undefined : currentTarget.value })
        }
      />
      <SearchBox
        label="Operation"
        placeholder="such as searchOrders"
        value={operation}
        onSearch={(text) => change({ operation: text }, true)}
      />
    </Group>
  )
}
