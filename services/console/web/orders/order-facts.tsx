import { Badge } from '@mantine/core'

import type { OrderAnswer } from '../../src/wire/order.ts'
import { Fact, Facts } from '../parts/facts.tsx'
import { Instant } from '../parts/instant.tsx'

interface OrderFactsProps {
  readonly order: OrderAnswer['order']
  readonly accountName: string | undefined
}

/** What is known of the order as a whole. */
export function OrderFacts({ order, accountName }: OrderFactsProps) {
  return (
    <Facts>
      <Fact label="Account">{accountName ?? order.accountId ?? 'none for its marketplace'}</Fact>
      <Fact label="Marketplace">{order.marketplace}</Fact>
      <Fact label="Shipped by">{shippers[order.fulfilledBy ?? 'UNKNOWN']}</Fact>
      <Fact label="Amazon says">
        {order.channelStatus.toLowerCase().replaceAll('_', ' ')}
        {order.channelUpdatedAt && (
          <>
            {' '}
            since <Instant at={order.channelUpdatedAt} />
          </>
        )}
      </Fact>
      <Fact label="Placed">
        <Instant at={order.createdAt} />
      </Fact>
      <Fact label="Received here">
        <Instant at={order.receivedAt} />
      </Fact>
      <Fact label="Ship by">
        <Instant at={order.shipBy} />
      </Fact>
      <Fact label="Reserves in">{order.location ?? '–'}</Fact>
      <Fact label="Folder">{order.folder}</Fact>
      {order.programs.length > 0 && <Fact label="Programmes">{order.programs.join(', ')}</Fact>}
      {order.buyerCancelRequested && (
        <Fact label="Buyer">
          <Badge color="orange" variant="light" radius="sm" tt="none">
            asked to cancel
          </Badge>
        </Fact>
      )}
      {order.beforeGoLive && <Fact label="Stock">moves none: it is from before the account went live</Fact>}
    </Facts>
  )
}

const shippers = { MERCHANT: 'us (FBM)', AMAZON: 'Amazon (FBA)', UNKNOWN: 'not known' } as const
