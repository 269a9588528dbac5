import { SimpleGrid } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'

import { accountsQuery } from '../api/queries.ts'
import { Empty } from '../parts/empty.tsx'
import { Loading } from '../parts/loading.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Problem } from '../parts/problem.tsx'
import { AccountCard } from './account-card.tsx'

/** Every account and how it stands. */
export function AccountsPage() {
  return (
    <>
      <PageHead title="Accounts" />
      <Accounts />
    </>
  )
}

function Accounts() {
  const { data: accounts, error, refetch } = useQuery(accountsQuery)
  if (!accounts) {
    if (error) return <Problem error={error} title="The accounts could not be read" onRetry={() => void refetch()} />
    return <Loading what="the accounts" rows={2} height={220} />
  }
  if (accounts.length === 0) {
    return (
      <Empty
        title="No account yet"
        command="npx --no-install lockstep accounts add --seller <seller-id> --marketplace UK --token-file <file>"
      >
        An account is one marketplace of one seller. Add the first one from the command line:
      </Empty>
    )
  }
  return (
    <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }} spacing="md">
      {accounts.map((account) => (
        <AccountCard key={account.id} account={account} />
      ))}
    </SimpleGrid>
  )
}
