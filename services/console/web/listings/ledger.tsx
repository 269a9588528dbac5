import { Text } from '@mantine/core'

import type { MovementAnswer } from '../../src/wire/explanation.ts'
import type { ItemReference } from '../../src/wire/listing.ts'
import { Cause } from '../parts/cause.tsx'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { Instant } from '../parts/instant.tsx'

const columns: readonly Column<MovementAnswer>[] = [
  { id: 'at', header: 'At', cell: ({ at }) => <Instant at={at} /> },
  { id: 'location', header: 'Location', cell: ({ location }) => location },
  {
    id: 'onHand',
    header: 'On hand',
    numeric: true,
    cell: ({ onHandChange, onHandAfter }) => <Moved by={onHandChange} to={onHandAfter} />,
  },
  {
    id: 'reserved',
    header: 'Reserved',
    numeric: true,
    cell: ({ reservedChange, reservedAfter }) => <Moved by={reservedChange} to={reservedAfter} />,
  },
  { id: 'cause', header: 'Because of', cell: ({ cause }) => <Cause cause={cause} /> },
]

/** The newest entries of the item's ledger. */
export function Ledger({
  movements,
  item,
}: {
  movements: readonly MovementAnswer[] | null
  item: ItemReference | null
}) {
  if (!item) {
    return (
      <Text size="sm" c="dimmed">
        No item is linked.
      </Text>
    )
  }
  if (movements === null) {
    return (
      <Text size="sm" c="orange">
        inventory could not say.
      </Text>
    )
  }
  return (
    <>
      <Text size="sm" mb={6}>
        Item <span className="mono sku">{item.sku}</span>, newest first
      </Text>
      <DataTable
        small
        label="Ledger"
        columns={columns}
        rows={movements}
        rowId={({ at, version, location }) => `${at} ${version} ${location}`}
      />
    </>
  )
}

function Moved({ by, to }: { by: number; to: number }) {
  return (
    <>
      {to}{' '}
      {by !== 0 && (
        <Text component="span" size="xs" c="dimmed">
          ({by > 0 ? `+${by}` : by})
        </Text>
      )}
    </>
  )
}
