import { Alert, Button, Group, Text } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'

import { ApiError } from '../api/request.ts'
import { nextStepText } from '../words/next-steps.ts'

/** What went wrong and what to do, in the words of whoever refused. */
export function Problem({ error, title, onRetry }: { error: Error; title: string; onRetry?: () => void }) {
  const refused = error instanceof ApiError ? error.refused : undefined
  return (
    <Alert color="red" variant="light" title={title} icon={<IconAlertTriangle aria-hidden />} role="alert">
      <Text size="sm">{sentence(error.message)}</Text>
      {refused && (
        <Text size="sm" fw={600} mt={4}>
          {sentence(nextStepText(refused))}
        </Text>
      )}
      {refused && (
        <Text size="xs" c="dimmed" mt={4} className="mono">
          {refused.code}
        </Text>
      )}
      {onRetry && (
        <Group mt="sm">
          <Button size="xs" variant="default" onClick={onRetry}>
            Try again
          </Button>
        </Group>
      )}
    </Alert>
  )
}

function sentence(text: string): string {
  const capital = text.slice(0, 1).toUpperCase() + text.slice(1)
  return /[.!?…]$/.test(capital) ? capital : `${capital}.`
}
