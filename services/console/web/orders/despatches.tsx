import { Text } from '@mantine/core'

import type { DespatchAnswer } from '../../src/wire/order.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { Instant } from '../parts/instant.tsx'
import { WordBadge } from '../parts/word-badge.tsx'
import { despatchWord } from '../words/states.ts'

const columns: readonly Column<DespatchAnswer>[] = [
  { id: 'parcel', header: 'Parcel', cell: ({ parcel }) => parcel },
  {
    id: 'carrier',
    header: 'Carrier',
    cell: ({ carrier, service }) => (service === null ? carrier : `${carrier}, ${service}`),
  },
  { id: 'tracking', header: 'Tracking', cell: ({ tracking }) => <span className="mono">{tracking ?? '–'}</span> },
  { id: 'at', header: 'Processed', cell: ({ despatchedAt }) => <Instant at={despatchedAt} /> },
  { id: 'state', header: 'State', cell: (despatch) => <State despatch={despatch} /> },
]

/** The order's parcels and how far Amazon has heard of them. */
export function Despatches({ despatches }: { despatches: readonly DespatchAnswer[] | null }) {
  if (despatches === null) {
    return (
      <Text size="sm" c="orange">
        despatch could not say.
      </Text>
    )
  }
  if (despatches.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        None yet.
      </Text>
    )
  }
  return <DataTable label="Despatches" columns={columns} rows={despatches} rowId={({ id }) => id} />
}

function State({ despatch: { state, attempts, nextAttemptAt, error } }: { despatch: DespatchAnswer }) {
  return (
    <div>
      <WordBadge word={despatchWord(state)} />
      {attempts > 1 && (
        <Text size="xs" c="dimmed" mt={2}>
          {attempts} attempts
        </Text>
      )}
      {error && (
        <Text size="xs" mt={2}>
          {error}
        </Text>
      )}
      {nextAttemptAt && (
        <Text size="xs" c="dimmed" mt={2}>
          next look <Instant at={nextAttemptAt} />
        </Text>
      )}
    </div>
  )
}
