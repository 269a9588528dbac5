import { Group, Paper, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'

import type { FindingAnswer } from '../../src/wire/diagnosis.ts'
import { diagnosisQuery } from '../api/queries.ts'
import { Instant } from '../parts/instant.tsx'
import { Loading } from '../parts/loading.tsx'
import { Problem } from '../parts/problem.tsx'
import { WordBadge } from '../parts/word-badge.tsx'
import { urgencyWord } from '../words/calls.ts'

/** What is wrong with an account, each with the one next step. */
export function Findings({ account }: { account: string }) {
  const { data, error, refetch } = useQuery(diagnosisQuery(account))
  if (!data) {
    if (error) return <Problem error={error} title="The diagnosis could not be read" onRetry={() => void refetch()} />
    return <Loading what="the diagnosis" rows={1} />
  }
  if (data.findings.length === 0) {
    return (
      <Text mb="md">
        Nothing is wrong with {account}. Looked at:{' '}
        {data.checks.map(({ check }) => check.replaceAll('_', ' ')).join(', ')}.
      </Text>
    )
  }
  return (
    <Stack component="section" gap="sm" mb="md" aria-label={`What is wrong with ${account}`}>
      {data.findings.map((finding, index) => (
        <FindingCard key={`${finding.class} ${index}`} finding={finding} />
      ))}
    </Stack>
  )
}

function FindingCard({ finding }: { finding: FindingAnswer }) {
  const { urgency, summary, capability, roles, touches, since, nextStep } = finding
  return (
    <Paper component="article" withBorder p="sm" aria-label={summary}>
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <Title order={3} size="sm">
          {summary}
        </Title>
        <WordBadge word={urgencyWord(urgency)} />
      </Group>
      <Text size="sm" c="dimmed">
        {capability !== null && <>{capability.replaceAll('_', ' ')} · </>}
        {touches}
        {roles.length > 0 && <> · role {roles.join(' or ')}</>}
        {since !== null && (
          <>
            {' '}
            · since <Instant at={since} />
          </>
        )}
      </Text>
      <Text size="sm" mt={4}>
        Next: {nextStep}
      </Text>
    </Paper>
  )
}
