import { Group, Text } from '@mantine/core'

import type { Explanation } from '../../src/wire/explanation.ts'
import { Cause } from '../parts/cause.tsx'
import { Chain } from '../parts/chain.tsx'
import { Instant } from '../parts/instant.tsx'
import { WordBadge } from '../parts/word-badge.tsx'
import { reasonText } from '../words/reasons.ts'
import { listingWord } from '../words/states.ts'
import { Gates } from './gates.tsx'
import { GroupMembers } from './group-members.tsx'
import { GuardRead } from './guard-read.tsx'
import { Inputs } from './inputs.tsx'
import { Ledger } from './ledger.tsx'
import { Section } from './section.tsx'
import { SendingFacts } from './sending-facts.tsx'
import { Steps } from './steps.tsx'

/** An explanation from its answer down to the ledger it began with. */
export function WhyContent({ why }: { why: Explanation }) {
  return (
    <>
      <Summary why={why} />
      <Section title="Chain">
        <Chain stages={why.chain} label="Chain" />
        <SendingFacts sending={why.sending} />
      </Section>
      <Section title="Gates">
        <Gates gates={why.gates} />
      </Section>
      <Section title="Steps">
        <Steps steps={why.steps} desired={why.desired} />
      </Section>
      <Section title="Inputs">
        <Inputs why={why} />
      </Section>
      <Section title="Guard">
        <GuardRead guard={why.guard} />
      </Section>
      {why.group && (
        <Section title="Shared SKU">
          <GroupMembers group={why.group} />
        </Section>
      )}
      <Section title="Ledger">
        <Ledger movements={why.movements} item={why.listing.item} />
      </Section>
    </>
  )
}

function Summary({ why: { state, next, desired, listing } }: { why: Explanation }) {
  const word = listingWord(state)
  return (
    <div>
      <Group gap="sm">
        <WordBadge word={word} />
        <Text size="sm">{word.meaning}</Text>
      </Group>
      <Text size="sm" mt={6}>
        <strong>Next:</strong> {nextText[next.action] ?? next.action}
        {next.reason && <>, {reasonText(next.reason)}</>}
        {next.at && (
          <>
            {' '}
            at <Instant at={next.at} />
          </>
        )}
      </Text>
      {desired && (
        <Text size="sm" mt={2}>
          <strong>Wanted:</strong> {desired.quantity}
          {desired.leadTimeDays !== null && <> with {desired.leadTimeDays} days to ship</>}, since{' '}
          <Instant at={desired.at} /> because of <Cause cause={desired.cause} />
        </Text>
      )}
      <Text size="xs" c="dimmed" mt={4}>
        {listing.title} · <span className="mono">{listing.asin}</span> · {listing.sellerId} · {listing.region}
      </Text>
    </div>
  )
}

const nextText: Readonly<Record<string, string>> = {
  none: 'nothing',
  send: 'it is sent',
  read: 'Amazon is asked',
  wait: 'it waits',
}
