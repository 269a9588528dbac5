import { NumberInput, Stack, Text } from '@mantine/core'

import type { OrderLineAnswer } from '../../src/wire/order.ts'
import type { Units } from './lines-to-send.ts'

interface UnitInputsProps {
  readonly lines: readonly OrderLineAnswer[]
  readonly units: Units
  readonly onChange: (units: Units) => void
}

/** How many units of each line go into this parcel. An order of a single unit leaves no choice. */
export function UnitInputs({ lines, units, onChange }: UnitInputsProps) {
  const open = lines.filter((line) => line.open > 0)
  if (open.reduce((sum, line) => sum + line.open, 0) < 2) return null
  return (
    <Stack gap={6} role="group" aria-label="Units in this parcel">
      <Text size="sm" fw={600}>
        Units in this parcel
      </Text>
      {open.map((line) => (
        <NumberInput
          key={line.id}
          label={<span className="mono sku">{line.channelSku}</span>}
          description={`${line.open} open`}
          min={0}
          max={line.open}
          allowDecimal={false}
          value={units[line.id] ?? line.open}
          onChange={(value) => onChange({ ...units, [line.id]: Number(value) })}
        />
      ))}
    </Stack>
  )
}
