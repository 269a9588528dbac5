import { Alert, Button, NativeSelect, Paper, Stack, Text, TextInput, Title } from '@mantine/core'
import { IconTruckDelivery } from '@tabler/icons-react'
import { type FormEvent, useId, useState } from 'react'

import type { OrderAnswer } from '../../src/wire/order.ts'
import { ApiError } from '../api/request.ts'
import { Problem } from '../parts/problem.tsx'
import { nextStepText } from '../words/next-steps.ts'
import { carriers } from './carriers.ts'
import { linesToSend, type Units } from './lines-to-send.ts'
import { UnitInputs } from './unit-inputs.tsx'
import { type FormValues, useProcessOrder } from './use-process-order.ts'

const nothingFilledIn: FormValues = { carrier: '', carrierName: '', service: '', tracking: '' }

/** Processes an order: stock falls and Amazon is told. What is wrong with it, despatch says. */
export function ProcessForm({ data }: { data: OrderAnswer }) {
  const titleId = useId()
  const [values, setValues] = useState(nothingFilledIn)
  const [units, setUnits] = useState<Units>({})
  const { process, done, error, isBusy } = useProcessOrder(data.order.id, () => {
    setValues(nothingFilledIn)
    setUnits({})
  })
  const lines = linesToSend(data.lines, units)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (data.canDespatch && lines && !isBusy) process({ ...values, lines })
  }
  return (
    <Paper withBorder p="md" component="section" aria-labelledby={titleId}>
      <Title order={2} mb="sm" id={titleId}>
        Process
      </Title>
      {done && (
        <Alert color="lockstep" variant="light" mb="sm" role="status" title="Processed">
          Stock has fallen, and Amazon is being told of parcel {done.parcel}. The audit trail shows how far that is.
        </Alert>
      )}
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          {data.canDespatch && (
            <>
              <Fields values={values} error={error} onChange={setValues} />
              <UnitInputs lines={data.lines} units={units} onChange={setUnits} />
            </>
          )}
          {error && !fieldOf(error) && <Problem error={error} title="Not processed" />}
          <Submit reason={reasonAgainst(data, lines)} isBusy={isBusy} />
        </Stack>
      </form>
    </Paper>
  )
}

interface FieldsProps {
  readonly values: FormValues
  readonly error: Error | null
  readonly onChange: (values: FormValues) => void
}

function Fields({ values, error, onChange }: FieldsProps) {
  const text = (field: keyof FormValues) => ({
    value: values[field],
    error: fieldProblem(error, field),
    onChange: ({ currentTarget }: { currentTarget: { value: string } }) =>
      onChange({ ...values, [field]: currentTarget.value }),
  })
  return (
    <>
      <NativeSelect label="Carrier" data={carriers} withAsterisk {...text('carrier')} />
      {values.carrier === 'Other' && <TextInput label="Carrier’s name" withAsterisk {...text('carrierName')} />}
      <TextInput label="Service" placeholder="such as Tracked 24" {...text('service')} />
      <TextInput label="Tracking number" withAsterisk autoComplete="off" {...text('tracking')} />
    </>
  )
}

/** Why a form cannot be sent, and what to do; undefined when it can. */
interface ReasonAgainst {
  readonly detail: string
  readonly nextStep: string | null
}

function reasonAgainst({ cannotDespatch }: OrderAnswer, lines: unknown): ReasonAgainst | undefined {
  if (cannotDespatch) return { ...cannotDespatch, detail: `Cannot be despatched: ${cannotDespatch.detail}` }
  return lines === undefined ? { detail: 'No unit is in this parcel', nextStep: 'give at least one' } : undefined
}

/** A form that cannot be sent says why beside its button. */
function Submit({ reason, isBusy }: { reason: ReasonAgainst | undefined; isBusy: boolean }) {
  const reasonId = useId()
  return (
    <>
      <Button
        type="submit"
        disabled={reason !== undefined}
        loading={isBusy}
        leftSection={<IconTruckDelivery size={18} aria-hidden />}
        aria-describedby={reason && reasonId}
      >
        Process
      </Button>
      {reason && (
        <Text size="sm" id={reasonId}>
          {reason.detail}.
          {reason.nextStep && (
            <Text size="sm" c="dimmed" component="span" display="block">
              Next: {reason.nextStep}.
            </Text>
          )}
        </Text>
      )}
    </>
  )
}

const fieldNames: Readonly<Record<string, keyof FormValues>> = {
  carrier: 'carrier',
  carrier_name: 'carrierName',
  carrierName: 'carrierName',
  service: 'service',
  tracking: 'tracking',
}

/** The field of the form that was refused, when it is one. */
function fieldOf(error: Error): keyof FormValues | undefined {
  return error instanceof ApiError && error.refused.field !== null ? fieldNames[error.refused.field] : undefined
}

function fieldProblem(error: Error | null, field: keyof FormValues): string | undefined {
  if (!(error instanceof ApiError) || fieldOf(error) !== field) return undefined
  return `${error.refused.message}: ${nextStepText(error.refused)}`
}
