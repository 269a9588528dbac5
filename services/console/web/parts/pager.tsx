import { Button, Group, Text } from '@mantine/core'

/** Goes on to the next page, or back to the first. The page before is where the browser's own back leads. */
export function Pager(props: {
  page: string | undefined
  next: string | null
  shown: number
  onGo: (page: string | undefined) => void
}) {
  const { page, next, shown, onGo } = props
  if (page === undefined && next === null) return null
  return (
    <Group justify="space-between" mt="md">
      <Text size="sm" c="dimmed">
        {shown} on this page{next === null ? ', the last one' : ''}
      </Text>
      <Group gap="xs">
        <Button size="xs" variant="default" disabled={page === undefined} onClick={() => onGo(undefined)}>
          First page
        </Button>
        <Button size="xs" variant="default" disabled={next === null} onClick={() => onGo(next ?? undefined)}>
          Next page
        </Button>
      </Group>
    </Group>
  )
}
