import { Anchor, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'

import { surroundingsQuery } from '../api/queries.ts'
import classes from './simulator-banner.module.css'

/** Says that Amazon is not real here. */
export function SimulatorBanner() {
  const { data } = useQuery(surroundingsQuery)
  if (!data?.simulatorUrl) return null
  return (
    <Text component="aside" size="sm" className={classes['banner'] ?? ''} aria-label="Simulator">
      <strong>Simulated Amazon.</strong> Nothing done here reaches a real shop.{' '}
      <Anchor href={data.simulatorUrl} target="_blank" rel="noreferrer" size="sm">
        Open its Seller Central
      </Anchor>
    </Text>
  )
}
