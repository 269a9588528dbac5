import { AppShell, Burger, Group, NavLink, ScrollArea, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconBuildingStore, IconListDetails, IconPackage, IconStethoscope } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet, useRouterState } from '@tanstack/react-router'

import { surroundingsQuery } from '../api/queries.ts'
import { LiveStatus } from './live-status.tsx'
import classes from './shell.module.css'
import { SimulatorBanner } from './simulator-banner.tsx'

const places = [
  { to: '/accounts', label: 'Accounts', Icon: IconBuildingStore },
  { to: '/listings', label: 'Listings', Icon: IconListDetails },
  { to: '/orders', label: 'Orders', Icon: IconPackage },
  { to: '/log', label: 'Log', Icon: IconStethoscope },
] as const

/** What surrounds every page: where one can go, whether it is live, and whether Amazon is real. */
export function Shell() {
  const [opened, { toggle, close }] = useDisclosure(false)
  return (
    <AppShell
      header={{ height: 52 }}
      navbar={{ width: 190, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={{ base: 'sm', sm: 'lg' }}
    >
      <AppShell.Header className={classes['header'] ?? ''}>
        <a className={classes['skip'] ?? ''} href="#content">
          Skip to the content
        </a>
        <Group gap="xs" wrap="nowrap">
          <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Navigation" />
          <img src={new URL('../icon.svg', import.meta.url).href} alt="" width={24} height={24} />
          <Text fw={650}>Lockstep</Text>
        </Group>
        <LiveStatus />
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Main">
        <Places onGo={close} />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1} className={classes['main'] ?? ''}>
        <SimulatorBanner />
        <Outlet />
      </AppShell.Main>
    </AppShell>
  )
}

function Places({ onGo }: { onGo: () => void }) {
  const pathname = useRouterState({ select: ({ location }) => location.pathname })
  const { data } = useQuery(surroundingsQuery)
  return (
    <>
      <ScrollArea flex={1}>
        {places.map(({ to, label, Icon }) => {
          const isHere = pathname.startsWith(to)
          return (
            <NavLink
              key={to}
              renderRoot={(props) => <Link to={to} {...props} />}
              label={label}
              leftSection={<Icon size={18} stroke={1.7} aria-hidden />}
              active={isHere}
              aria-current={isHere ? 'page' : undefined}
              onClick={onGo}
              className={classes['place'] ?? ''}
            />
          )
        })}
      </ScrollArea>
      {data && (
        <Text size="xs" c="dimmed" px="xs" title="Nobody signs in yet: this name is not verified">
          acting as {data.actor} (unverified)
        </Text>
      )}
    </>
  )
}
