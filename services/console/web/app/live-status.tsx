import { Group, Text } from '@mantine/core'
import { useSyncExternalStore } from 'react'

import { liveState, type LiveState, watchLive } from '../live/live.ts'
import classes from './live-status.module.css'

const words: Readonly<Record<LiveState, { readonly label: string; readonly detail: string }>> = {
  connecting: { label: 'Connecting…', detail: 'the page asks for changes as they happen' },
  live: { label: 'Live', detail: 'changes show by themselves' },
  deaf: {
    label: 'No events',
    detail: 'the message broker is away; the page reads everything again every half minute until it is back',
  },
  away: { label: 'Reconnecting…', detail: 'the console does not answer; what is shown may be old' },
}

/** Whether what is shown keeps itself up to date. */
export function LiveStatus() {
  const state = useSyncExternalStore(watchLive, liveState)
  const { label, detail } = words[state]
  return (
    <Group gap={6} wrap="nowrap" role="status" aria-live="polite" title={detail}>
      <span className={classes['dot']} data-state={state} aria-hidden />
      <Text size="sm" {...(state === 'live' && { c: 'dimmed' })} fw={state === 'live' ? 400 : 600}>
        {label}
      </Text>
    </Group>
  )
}
