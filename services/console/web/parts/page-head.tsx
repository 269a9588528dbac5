import { Group, Title } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import type { ReactNode } from 'react'

/** The heading of a page, which is also the title of the window. */
export function PageHead({ title, children }: { title: string; children?: ReactNode }) {
  useDocumentTitle(`${title} · Lockstep`)
  return (
    <Group justify="space-between" align="center" mb="md" gap="sm">
      <Title order={1}>{title}</Title>
      {children}
    </Group>
  )
}
