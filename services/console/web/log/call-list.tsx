import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'

import type { CallAnswer } from '../../src/wire/diagnosis.ts'
import { callsQuery } from '../api/queries.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { Empty } from '../parts/empty.tsx'
import { Instant } from '../parts/instant.tsx'
import { Loading } from '../parts/loading.tsx'
import { Pager } from '../parts/pager.tsx'
import { Problem } from '../parts/problem.tsx'
import { WordBadge } from '../parts/word-badge.tsx'
import { callWord } from '../words/calls.ts'

const route = getRouteApi('/log')

/** A page of calls. Not before it is known which account the address names. */
export function CallList({ account, isReady }: { account: string | undefined; isReady: boolean }) {
  const { class: word, operation, page } = route.useSearch()
  const navigate = route.useNavigate()
  const { data, error, refetch } = useQuery({
    ...callsQuery({ account, class: word, operation, page }),
    enabled: isReady,
  })
  if (!data) {
    if (error) return <Problem error={error} title="The log could not be read" onRetry={() => void refetch()} />
    return <Loading what="the log" rows={6} />
  }
  if (data.calls.length === 0) return <Empty title="No such call">Within 30 days nothing of the kind happened.</Empty>
  return (
    <>
      {error && <Problem error={error} title="The log could not be read again; this may be old" />}
      <DataTable label="Calls to Amazon" columns={columns} rows={data.calls} rowId={({ id }) => id} />
      <Pager
        page={page}
        next={data.nextPageToken}
        shown={data.calls.length}
        onGo={(to) => void navigate({ search: (at) => ({ ...at, page: to }) })}
      />
    </>
  )
}

const columns: readonly Column<CallAnswer>[] = [
  { id: 'at', header: 'At', cell: ({ at }) => <Instant at={at} /> },
  { id: 'seller', header: 'Seller', cell: ({ sellerId, region }) => `${sellerId} · ${region}` },
  {
    id: 'operation',
    header: 'Operation',
    cell: ({ operation, type }) => (type === null ? operation : `${operation} ${type}`),
  },
  { id: 'status', header: 'Status', cell: ({ status }) => status ?? '–', numeric: true },
  { id: 'class', header: 'Class', cell: (call) => <WordBadge word={callWord(call.class)} /> },
  { id: 'limit', header: 'Limit', cell: ({ limitLevel }) => limitLevel ?? '–' },
  { id: 'code', header: 'Code', cell: ({ errorCode }) => errorCode ?? '–' },
  {
    id: 'request',
    header: 'Request id',
    cell: ({ requestId }) => <span className="mono">{requestId ?? '–'}</span>,
    wide: true,
  },
]
