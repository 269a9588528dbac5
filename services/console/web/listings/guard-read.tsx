import { Text } from '@mantine/core'

import type { GuardAnswer } from '../../src/wire/explanation.ts'
import { Fact, Facts } from '../parts/facts.tsx'
import { Instant } from '../parts/instant.tsx'

/** What Amazon held when the number was considered. */
export function GuardRead({ guard }: { guard: GuardAnswer | null }) {
  if (!guard) {
    return (
      <Text size="sm" c="dimmed">
        Amazon was not read for this number.
      </Text>
    )
  }
  return (
    <Facts>
      <Fact label="Live on Amazon">{guard.unguarded ? 'not read in time: sent unguarded' : guard.live}</Fact>
      <Fact label="Read at">
        <Instant at={guard.readAt} />
      </Fact>
      <Fact label="Expected by the orders known">{guard.expected ?? '–'}</Fact>
      <Fact label="Unseen sales">{guard.unseen}</Fact>
    </Facts>
  )
}
