import { Badge, Stack, Text } from '@mantine/core'

import type { Explanation, LocationInput, SettingInForce } from '../../src/wire/explanation.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { Fact, Facts } from '../parts/facts.tsx'

const columns: readonly Column<LocationInput>[] = [
  {
    id: 'name',
    header: 'Location',
    cell: ({ name, isOrderLocation }) => (
      <>
        {name}{' '}
        {isOrderLocation && (
          <Badge size="xs" variant="outline" color="gray" radius="sm" tt="none">
            orders go here
          </Badge>
        )}
      </>
    ),
  },
  { id: 'available', header: 'Available', numeric: true, cell: ({ available }) => available ?? 'not known yet' },
  { id: 'version', header: 'Version', numeric: true, cell: ({ version }) => version },
]

const settingLabels = {
  endWhen: 'End When',
  stockPercentage: 'Stock Percentage',
  maxListed: 'Max Listed',
  leadTimeDays: 'Lead time (days)',
} satisfies Record<SettingInForce['setting'], string>

/** What the number was computed from. */
export function Inputs({ why: { locations, settings } }: { why: Explanation }) {
  return (
    <Stack gap="sm">
      {locations.length === 0 ? (
        <Text size="sm" c="dimmed">
          No location is mapped.
        </Text>
      ) : (
        <DataTable small label="Locations" columns={columns} rows={locations} rowId={({ id }) => id} />
      )}
      <Facts>
        {settings.map(({ setting, value, from }) => (
          <Fact key={setting} label={settingLabels[setting]}>
            {value ?? 'not set'}{' '}
            <Text component="span" size="xs" c="dimmed">
              from {from === 'default' ? 'the default' : `the ${from}`}
            </Text>
          </Fact>
        ))}
      </Facts>
    </Stack>
  )
}
