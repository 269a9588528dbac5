import { Alert, Button, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import type { DriftAnswer, ResentAnswer } from '../../src/wire/explanation.ts'
import { apiPath, post } from '../api/request.ts'
import { Instant } from '../parts/instant.tsx'
import { Problem } from '../parts/problem.tsx'

/** What Amazon shows that nobody on our side made, and the one click that sends our number again. */
export function DriftNotice({ drift, account, sku }: { drift: DriftAnswer; account: string; sku: string }) {
  const { resend, isBusy, isDone, error } = useResend(account, sku)
  return (
    <Alert color="yellow" title={titles[drift.kind ?? ''] ?? 'Amazon shows another number'}>
      <Text size="sm">
        Amazon shows {drift.live}
        {drift.expected !== null && <>, {drift.expected} was expected</>}. Found <Instant at={drift.at} />. It stays
        until stock of yours changes, or until it is sent again.
      </Text>
      <Button mt="xs" size="xs" variant="default" loading={isBusy} disabled={isDone} onClick={resend}>
        {isDone ? 'It goes out again' : 'Send our number again'}
      </Button>
      {error && <Problem error={error} title="Not sent again" />}
    </Alert>
  )
}

const titles: Readonly<Record<string, string>> = {
  outside_edit_up: 'Somebody raised it on Amazon',
  outside_edit_down: 'Somebody lowered it on Amazon',
  sibling_overwrite: 'Another writer overwrote it and dropped the lead time',
  restocked_cancellation: 'Amazon put units of a cancelled order back',
  lost_update: 'Amazon shows the number from before the last update',
}

function useResend(account: string, sku: string) {
  const client = useQueryClient()
  // Kept until it was done: a click after no answer came is the same command.
  const [key] = useState(() => `console:${crypto.randomUUID()}`)
  const { mutate, error, isPending, isSuccess } = useMutation({
    mutationFn: () =>
      post<ResentAnswer>(apiPath('accounts', account, 'listings', sku, 'resend'), { body: {}, idempotencyKey: key }),
    onSettled: () => client.invalidateQueries({ queryKey: ['why'] }),
  })
  return { resend: () => mutate(), error, isBusy: isPending, isDone: isSuccess }
}
