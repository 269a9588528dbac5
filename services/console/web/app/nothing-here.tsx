import { Anchor, Stack, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'

/** An address that leads nowhere. */
export function NothingHere() {
  return (
    <Stack gap="xs" maw={520}>
      <Title order={1}>Nothing here</Title>
      <Text>This address belongs to no page of the console.</Text>
      <Anchor component={Link} to="/accounts">
        Go to the accounts
      </Anchor>
    </Stack>
  )
}
