import { Code, Paper, Stack, Text } from '@mantine/core'
import type { ReactNode } from 'react'

/** Nothing to show, and how there would be. */
export function Empty({ title, command, children }: { title: string; command?: string; children?: ReactNode }) {
  return (
    <Paper withBorder p="lg">
      <Stack gap={6} align="flex-start">
        <Text fw={600}>{title}</Text>
        <Text size="sm" c="dimmed" component="div">
          {children}
        </Text>
        {command && <Code block>{command}</Code>}
      </Stack>
    </Paper>
  )
}
