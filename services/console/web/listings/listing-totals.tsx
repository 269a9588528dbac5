import { Group, Text } from '@mantine/core'

import type { ListingPage } from '../../src/wire/listing.ts'
import { Instant } from '../parts/instant.tsx'

/** Active = Linked + Unlinked, and where the listings came from. */
export function ListingTotals({ page: { active, linked, unlinked, report } }: { page: ListingPage }) {
  return (
    <Group gap="lg" mb="sm" aria-label="Totals" role="group">
      <Text size="sm" className="number">
        <strong>{active}</strong> active = <strong>{linked}</strong> linked + <strong>{unlinked}</strong> unlinked
      </Text>
      <Text size="sm" c={report.state === 'Failed' ? 'red' : 'dimmed'}>
        Listings report: {report.state ?? 'not asked for yet'}
        {report.at && (
          <>
            {' '}
            <Instant at={report.at} />
          </>
        )}
        {report.reason && `: ${report.reason}`}
      </Text>
    </Group>
  )
}
