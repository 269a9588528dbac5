import { Text } from '@mantine/core'

import type { OrderLineAnswer } from '../../src/wire/order.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { moneyText } from '../words/money.ts'

const columns: readonly Column<OrderLineAnswer>[] = [
  { id: 'sku', header: 'Line', cell: (line) => <Sku line={line} /> },
  { id: 'ordered', header: 'Ordered', numeric: true, cell: ({ ordered }) => ordered },
  { id: 'cancelled', header: 'Cancelled', numeric: true, cell: ({ cancelled }) => cancelled },
  { id: 'despatched', header: 'Despatched', numeric: true, cell: ({ books }) => books?.despatched ?? '–' },
  { id: 'outside', header: 'Outside', numeric: true, cell: ({ books }) => books?.shippedOutside ?? '–' },
  { id: 'reserved', header: 'Reserved', numeric: true, cell: ({ books }) => books?.reserved ?? '–' },
  { id: 'price', header: 'Price', numeric: true, cell: ({ price }) => (price ? moneyText(price) : '–') },
]

/** The order's lines with their books. */
export function OrderLines({ lines }: { lines: readonly OrderLineAnswer[] }) {
  const isUnknown = lines.some(({ books }) => books === null)
  return (
    <>
      <DataTable label="Lines" columns={columns} rows={lines} rowId={({ id }) => id} />
      {isUnknown && (
        <Text size="xs" c="dimmed" mt={4}>
          – : inventory has not heard of the line yet, or does not answer.
        </Text>
      )}
    </>
  )
}

function Sku({ line: { channelSku, title, item } }: { line: OrderLineAnswer }) {
  return (
    <div>
      <span className="mono sku">{channelSku}</span>
      <Text size="xs" c="dimmed" lineClamp={2} title={title}>
        {title}
      </Text>
      <Text size="xs" c={item ? 'dimmed' : 'orange'}>
        {item ? (
          <>
            item <span className="mono sku">{item.sku}</span>
          </>
        ) : (
          'not linked to an item'
        )}
      </Text>
    </div>
  )
}
