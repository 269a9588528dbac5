import { Anchor, Grid, Paper, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { type ReactNode, useId } from 'react'

import type { OrderAnswer } from '../../src/wire/order.ts'
import { accountsQuery, orderQuery } from '../api/queries.ts'
import { Loading } from '../parts/loading.tsx'
import { PageHead } from '../parts/page-head.tsx'
import { Problem } from '../parts/problem.tsx'
import { WordBadge } from '../parts/word-badge.tsx'
import { orderWord } from '../words/states.ts'
import { AuditTrail } from './audit-trail.tsx'
import { Despatches } from './despatches.tsx'
import { OrderFacts } from './order-facts.tsx'
import { OrderLines } from './order-lines.tsx'
import { ProcessForm } from './process-form.tsx'

const route = getRouteApi('/orders/$order')

/** One order: its lines, what was despatched, its audit trail, and the form that processes it. */
export function OrderPage() {
  const { order } = route.useParams()
  const { data, error, refetch } = useQuery(orderQuery(order))
  return (
    <>
      <Anchor component={Link} to="/orders" size="sm">
        All orders
      </Anchor>
      {data && <OrderContent data={data} error={error} />}
      {!data && !error && <Loading what="the order" rows={4} height={120} />}
      {!data && error && <Problem error={error} title="The order could not be read" onRetry={() => void refetch()} />}
    </>
  )
}

function OrderContent({ data, error }: { data: OrderAnswer; error: Error | null }) {
  const { data: accounts } = useQuery(accountsQuery)
  const { order, lines, despatches } = data
  const account = accounts?.find(({ id }) => id === order.accountId)
  return (
    <>
      <PageHead title={`Order ${order.channelOrderId}`}>
        <WordBadge word={orderWord(order.state)} />
      </PageHead>
      {error && <Problem error={error} title="The order could not be read again; this may be old" />}
      <Grid gap="md">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <Stack gap="md">
            <Paper withBorder p="md">
              <OrderFacts order={order} accountName={account?.name} />
            </Paper>
            <Part title="Lines">
              <OrderLines lines={lines} />
            </Part>
            <Part title="Despatches">
              <Despatches despatches={despatches} />
            </Part>
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Stack gap="md">
            <ProcessForm key={order.id} data={data} />
            <Paper withBorder p="md">
              <Part title="Audit trail">
                <AuditTrail order={order.id} />
              </Part>
            </Paper>
          </Stack>
        </Grid.Col>
      </Grid>
      <Text size="xs" c="dimmed" mt="md" className="mono">
        {order.id}
      </Text>
    </>
  )
}

function Part({ title, children }: { title: string; children: ReactNode }) {
  const id = useId()
  return (
    <section aria-labelledby={id}>
      <Title order={2} mb={8} id={id}>
        {title}
      </Title>
      {children}
    </section>
  )
}
