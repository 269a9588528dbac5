import { Drawer, Group, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'

import { whyQuery } from '../api/queries.ts'
import { Loading } from '../parts/loading.tsx'
import { Problem } from '../parts/problem.tsx'
import { DriftNotice } from './drift-notice.tsx'
import { WhyContent } from './why-content.tsx'

interface WhyDrawerProps {
  /** Its id or name. */
  readonly account: string
  /** The SKU to explain; closed when undefined. */
  readonly sku: string | undefined
  readonly onClose: () => void
}

/** Why a listing's number is what it is. It has an address of its own. */
export function WhyDrawer({ account, sku, onClose }: WhyDrawerProps) {
  return (
    <Drawer
      opened={sku !== undefined}
      onClose={onClose}
      position="right"
      size="min(720px, 100%)"
      padding="md"
      transitionProps={{ duration: 120 }}
      closeButtonProps={{ 'aria-label': 'Close' }}
      title={
        <Group gap={8} wrap="wrap">
          <Text fw={650} size="lg">
            Why
          </Text>
          <Text fw={650} size="lg" className="mono sku">
            {sku}
          </Text>
          <Text c="dimmed">on {account}</Text>
        </Group>
      }
    >
      {sku !== undefined && <Why account={account} sku={sku} />}
    </Drawer>
  )
}

function Why({ account, sku }: { account: string; sku: string }) {
  const { data, error, refetch } = useQuery(whyQuery(account, sku))
  if (!data) {
    if (error) return <Problem error={error} title="It could not be explained" onRetry={() => void refetch()} />
    return <Loading what="the explanation" rows={5} height={72} />
  }
  return (
    <Stack gap="lg">
      {error && <Problem error={error} title="It could not be read again; this may be old" />}
      {data.drift && <DriftNotice key={sku} drift={data.drift} account={account} sku={sku} />}
      <WhyContent why={data} />
    </Stack>
  )
}
