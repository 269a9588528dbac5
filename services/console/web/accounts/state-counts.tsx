import { Group, Text } from '@mantine/core'

import type { PushAnswer } from '../../src/wire/account.ts'
import { WordBadge } from '../parts/word-badge.tsx'
import { listingStates, listingWord } from '../words/states.ts'

/** How many linked listings stand where. */
export function StateCounts({ account, push }: { account: string; push: PushAnswer }) {
  const shown = listingStates.filter((state) => (push.states[state] ?? 0) > 0)
  return (
    <div>
      <Text size="sm" mb={6}>
        <span className="number">{push.linked}</span> linked {push.linked === 1 ? 'listing' : 'listings'}
      </Text>
      <Group gap={6} role="list" aria-label={`Listings of ${account} by state`}>
        {shown.map((state) => (
          <span key={state} role="listitem">
            <WordBadge word={listingWord(state)} count={push.states[state] ?? 0} />
          </span>
        ))}
      </Group>
    </div>
  )
}
