import { Text } from '@mantine/core'

import type { DesiredAnswer, StepAnswer } from '../../src/wire/explanation.ts'
import { type Column, DataTable } from '../parts/data-table.tsx'
import { stepLabel } from '../words/steps.ts'

const columns: readonly Column<StepAnswer>[] = [
  { id: 'step', header: 'Step', cell: (step) => <StepName step={step} /> },
  { id: 'before', header: 'Before', numeric: true, cell: ({ before }) => before },
  { id: 'after', header: 'After', numeric: true, cell: ({ before, after }) => <Changed from={before} to={after} /> },
]

/** How the number was computed. */
export function Steps({ steps, desired }: { steps: readonly StepAnswer[]; desired: DesiredAnswer | null }) {
  if (steps.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {desired
          ? 'This listing gives no number of its own: it follows the others of its SKU.'
          : 'No number was computed.'}
      </Text>
    )
  }
  return <DataTable small label="Steps" columns={columns} rows={steps} rowId={({ step }) => step} />
}

function StepName({ step: { step, note } }: { step: StepAnswer }) {
  return (
    <>
      {stepLabel(step)}
      {note && (
        <Text size="xs" c="dimmed">
          {note}
        </Text>
      )}
    </>
  )
}

function Changed({ from, to }: { from: number; to: number }) {
  return from === to ? <span>{to}</span> : <strong>{to}</strong>
}
