import { Stack, Text } from '@mantine/core'

import type { GroupAnswer } from '../../src/wire/explanation.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { reasonText } from '../words/reasons.ts'

type Member = GroupAnswer['members'][number]

const columns: readonly Column<Member>[] = [
  { id: 'marketplace', header: 'Marketplace', cell: ({ marketplace }) => marketplace },
  { id: 'desired', header: 'Own number', numeric: true, cell: ({ desired }) => desired ?? '–' },
  {
    id: 'role',
    header: 'Role',
    cell: ({ role, reason }) => (reason === null ? role : `${role}: ${reasonText(reason)}`),
  },
]

/** The listings of one seller and region that share this SKU: they are written once. */
export function GroupMembers({ group: { policy, conflict, number, members } }: { group: GroupAnswer }) {
  return (
    <Stack gap="xs">
      <Text size="sm">
        Amazon keeps one quantity for this SKU in all marketplaces of the region.{' '}
        {number === null ? 'No member gives a number.' : `Its number is ${number}, by the policy “${policy}”.`}
      </Text>
      {conflict && (
        <Text size="sm" fw={600}>
          Conflict: {conflict}
        </Text>
      )}
      {members.length > 0 && (
        <DataTable
          small
          label="Members of the shared SKU"
          columns={columns}
          rows={members}
          rowId={({ accountId, marketplace }) => `${accountId} ${marketplace}`}
        />
      )}
    </Stack>
  )
}
