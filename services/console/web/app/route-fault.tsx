import { Alert, Button, Group, Text } from '@mantine/core'

/** The page itself failed: usually its files were replaced by a newer build while it was open. */
export function RouteFault({ error }: { error: unknown }) {
  return (
    <Alert color="red" title="This page could not be shown" role="alert" maw={640}>
      <Text size="sm">{error instanceof Error ? error.message : String(error)}</Text>
      <Group mt="sm">
        <Button size="xs" onClick={() => globalThis.location.reload()}>
          Reload the page
        </Button>
      </Group>
    </Alert>
  )
}
