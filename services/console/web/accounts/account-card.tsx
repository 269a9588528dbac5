import { Anchor, Badge, Divider, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { Link } from '@tanstack/react-router'

import type { AccountAnswer } from '../../src/wire/account.ts'
import { Fact, Facts } from '../parts/facts.tsx'
import { Instant } from '../parts/instant.tsx'
import { WordBadge } from '../parts/word-badge.tsx'
import { connectionWord } from '../words/states.ts'
import { AccountFindings } from './account-findings.tsx'
import { StateCounts } from './state-counts.tsx'

/** One account: who sells where, whether it is connected, and how far its numbers and orders are. */
export function AccountCard({ account }: { account: AccountAnswer }) {
  const { name, sellerId, marketplace, region, connection } = account
  return (
    <Paper component="article" withBorder p="md" aria-label={`Account ${name}`}>
      <Stack gap="sm">
        <Group justify="space-between" align="flex-start" wrap="nowrap">
          <div>
            <Title order={2}>{name}</Title>
            <Text size="sm" c="dimmed">
              <span className="mono">{sellerId}</span> · {marketplace} · {region}
            </Text>
          </div>
          <WordBadge word={connectionWord(connection.state)} />
        </Group>
        <Switches account={account} />
        <Facts>
          <Fact label="Last inventory sync">
            <Instant at={account.inventorySyncedAt} />
          </Fact>
          <Fact label="Orders covered until">
            {account.orders ? <Instant at={account.orders.coveredUntil} /> : <Unknown service="order-download" />}
          </Fact>
        </Facts>
        <Divider />
        {account.push ? <StateCounts account={name} push={account.push} /> : <Unknown service="channel-connector" />}
        <AccountFindings account={account} />
        <Group gap="md">
          <Anchor renderRoot={(props) => <Link to="/listings" search={{ account: name }} {...props} />} size="sm">
            Listings
          </Anchor>
          <Anchor renderRoot={(props) => <Link to="/orders" search={{ account: name }} {...props} />} size="sm">
            Orders
          </Anchor>
        </Group>
      </Stack>
    </Paper>
  )
}

function Switches({ account: { enabled, updateInventory, paused } }: { account: AccountAnswer }) {
  return (
    <Group gap={6}>
      <Switch label="Account" isOn={enabled} />
      <Switch label="Update inventory" isOn={updateInventory} />
      {paused && (
        <Badge color="orange" variant="light" radius="sm" tt="none">
          Paused{paused.hard ? ' hard' : ''} since <Instant at={paused.since} />
        </Badge>
      )}
    </Group>
  )
}

function Switch({ label, isOn }: { label: string; isOn: boolean }) {
  return (
    <Badge color={isOn ? 'lockstep' : 'gray'} variant="outline" radius="sm" tt="none" fw={500}>
      {label} {isOn ? 'on' : 'off'}
    </Badge>
  )
}

function Unknown({ service }: { service: string }) {
  return (
    <Text component="span" size="sm" c="orange">
      {service} could not say
    </Text>
  )
}
