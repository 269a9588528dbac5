import { NumberInput, Stack, Text } from '@mantine/core'

import type { OrderLineAnswer, ProcessOrderForm } from '../../src/wire/order.ts'

/** Units per order line, where they are not all that is open. */
export type Units = Readonly<Record<string, number>>

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
      <Text size="sm" fw={500}>
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

/** The lines to name: none when everything open goes. */
export function linesToSend(lines: readonly OrderLineAnswer[], units: Units): ProcessOrderForm['lines'] {
  const open = lines.filter((line) => line.open > 0)
  if (open.every((line) => (units[line.id] ?? line.open) === line.open)) return []
  return open
    .map((line) => ({ orderLineId: line.id, quantity: units[line.id] ?? line.open }))
    .filter(({ quantity }) => quantity > 0)
}
