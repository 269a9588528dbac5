import { Skeleton, Stack, VisuallyHidden } from '@mantine/core'

/** The shape of what is coming. */
export function Loading({ what, rows = 4, height = 56 }: { what: string; rows?: number; height?: number }) {
  return (
    <Stack gap="xs" role="status">
      <VisuallyHidden>Reading {what}</VisuallyHidden>
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} height={height} radius="md" />
      ))}
    </Stack>
  )
}
