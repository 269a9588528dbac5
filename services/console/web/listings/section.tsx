import { Title } from '@mantine/core'
import { type ReactNode, useId } from 'react'

/** A part of an explanation under its heading. */
export function Section({ title, children }: { title: string; children: ReactNode }) {
  const id = useId()
  return (
    <section aria-labelledby={id}>
      <Title order={3} size="h5" mb={6} id={id}>
        {title}
      </Title>
      {children}
    </section>
  )
}
