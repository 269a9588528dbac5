import { Anchor, Badge, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useMemo } from 'react'

import type { AccountAnswer } from '../../src/wire/account.ts'
import type { OrderSummary } from '../../src/wire/order.ts'
import { ordersQuery } from '../api/queries.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { Empty } from '../parts/empty.tsx'
import { Instant } from '../parts/instant.tsx'
import { Loading } from '../parts/loading.tsx'
import { Pager } from '../parts/pager.tsx'
import { Problem } from '../parts/problem.tsx'
import { WordBadge } from '../parts/word-badge.tsx'
import { orderWord } from '../words/states.ts'

const route = getRouteApi('/orders')

interface OrderListProps {
  /** All when undefined. */
  readonly account: AccountAnswer | undefined
  readonly accounts: readonly AccountAnswer[]
  /** False while the account that the address names is not known yet. */
  readonly isReady: boolean
}

/** A page of orders. */
export function OrderList({ account, accounts, isReady }: OrderListProps) {
  const { state, folder, search, page } = route.useSearch()
  const navigate = route.useNavigate()
  const wanted = { account: account?.id, state, folder, search, page }
  const { data, error, refetch } = useQuery({ ...ordersQuery(wanted), enabled: isReady })
  const columns = useMemo(() => orderColumns(accounts), [accounts])
  if (!data) {
    if (error) return <Problem error={error} title="The orders could not be read" onRetry={() => void refetch()} />
    return <Loading what="the orders" rows={6} />
  }
  if (data.orders.length === 0) return <NoOrders isFiltered={[account, state, folder, search].some(Boolean)} />
  return (
    <>
      {error && <Problem error={error} title="The orders could not be read again; these may be old" />}
      <DataTable label="Orders" columns={columns} rows={data.orders} rowId={({ id }) => id} />
      <Pager
        page={page}
        next={data.nextPageToken}
        shown={data.orders.length}
        onGo={(to) => void navigate({ search: (at) => ({ ...at, page: to }) })}
      />
    </>
  )
}

function NoOrders({ isFiltered }: { isFiltered: boolean }) {
  if (isFiltered) return <Empty title="No order matches">Change the filters, or show all of them.</Empty>
  return (
    <Empty title="No orders yet" command="npx --no-install lockstep orders sync <account>">
      They are fetched every five minutes. To fetch them now:
    </Empty>
  )
}

function orderColumns(accounts: readonly AccountAnswer[]): readonly Column<OrderSummary>[] {
  const nameOf = ({ accountId, marketplace }: OrderSummary): string =>
    accounts.find(({ id }) => id === accountId)?.name ??
    (accountId === null ? `no account (${marketplace})` : marketplace)
  return [
    { id: 'order', header: 'Order', cell: (order) => <OrderLink order={order} /> },
    { id: 'account', header: 'Account', cell: nameOf },
    { id: 'lines', header: 'Lines', cell: ({ lines }) => <Lines lines={lines} /> },
    { id: 'state', header: 'State', cell: (order) => <State order={order} /> },
    { id: 'folder', header: 'Folder', cell: ({ folder }) => folder },
    { id: 'placed', header: 'Placed', cell: ({ createdAt }) => <Instant at={createdAt} /> },
    { id: 'shipBy', header: 'Ship by', cell: ({ shipBy }) => <Instant at={shipBy} /> },
  ]
}

function OrderLink({ order: { id, channelOrderId } }: { order: OrderSummary }) {
  return (
    <Anchor
      renderRoot={(props) => <Link to="/orders/$order" params={{ order: id }} {...props} />}
      className="mono"
      fw={600}
    >
      {channelOrderId}
    </Anchor>
  )
}

const LINES_SHOWN = 3

function Lines({ lines }: Pick<OrderSummary, 'lines'>) {
  return (
    <div>
      {lines.slice(0, LINES_SHOWN).map(({ channelSku, ordered }, index) => (
        <div key={`${index} ${channelSku}`}>
          {ordered} × <span className="mono sku">{channelSku}</span>
        </div>
      ))}
      {lines.length > LINES_SHOWN && (
        <Text size="xs" c="dimmed">
          and {lines.length - LINES_SHOWN} more
        </Text>
      )}
    </div>
  )
}

function State({ order: { state, channelStatus, buyerCancelRequested } }: { order: OrderSummary }) {
  return (
    <div>
      <WordBadge word={orderWord(state)} />
      <Text size="xs" c="dimmed" mt={2}>
        Amazon: {channelStatus.toLowerCase().replaceAll('_', ' ')}
      </Text>
      {buyerCancelRequested && (
        <Badge size="xs" color="orange" variant="light" radius="sm" tt="none">
          cancellation asked for
        </Badge>
      )}
    </div>
  )
}
