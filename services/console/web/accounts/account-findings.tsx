import { List, Text } from '@mantine/core'
import type { ReactNode } from 'react'

import type { AccountAnswer } from '../../src/wire/account.ts'
import { Instant } from '../parts/instant.tsx'
import { reasonText } from '../words/reasons.ts'
import { connectionWord } from '../words/states.ts'

/** What a person should know or do about an account; nothing when all is well. */
export function AccountFindings({ account }: { account: AccountAnswer }) {
  const findings = [
    connectionFinding(account),
    locationFinding(account),
    updateFinding(account),
    pauseFinding(account),
    orderFinding(account),
    zeroFinding(account),
    waitingFinding(account),
  ].filter((finding) => finding !== null)
  if (findings.length === 0) return null
  return (
    <List size="sm" spacing={4} aria-label={`What to know about ${account.name}`}>
      {findings.map(({ key, text }) => (
        <List.Item key={key}>
          <Text size="sm" component="span">
            {text}
          </Text>
        </List.Item>
      ))}
    </List>
  )
}

interface Finding {
  readonly key: string
  readonly text: ReactNode
}

function connectionFinding({ connection: { state, detail } }: AccountAnswer): Finding | null {
  const { meaning, nextStep } = connectionWord(state)
  if (state === 'connected' && detail === null) return null
  return { key: 'connection', text: detail ?? [meaning, nextStep].filter((part) => part !== null).join(': ') }
}

function locationFinding({ hasLocations, name }: AccountAnswer): Finding | null {
  if (hasLocations) return null
  return { key: 'locations', text: <>No location is mapped: lockstep locations map {name} Default</> }
}

function updateFinding({ enabled, updateInventory, name }: AccountAnswer): Finding | null {
  if (!enabled) return { key: 'enabled', text: <>The account is off: lockstep accounts enable {name}</> }
  if (updateInventory) return null
  return { key: 'updates', text: <>Nothing is sent yet. See what would be: lockstep sync dry-run {name}</> }
}

function pauseFinding({ paused, name }: AccountAnswer): Finding | null {
  if (!paused) return null
  const waits = paused.hard ? 'Nothing is sent' : 'Only numbers of 0 are sent'
  return { key: 'paused', text: <>{`${waits} while it pauses: lockstep sync resume ${name}`}</> }
}

function orderFinding({ enabled, orders }: AccountAnswer): Finding | null {
  if (!enabled || !orders) return null
  if (orders.detail === null && (orders.lastPollResult ?? 'ok') === 'ok') return null
  const text = orders.detail ?? `the last order poll was ${(orders.lastPollResult ?? '').replaceAll('_', ' ')}`
  return {
    key: 'orders',
    text: (
      <>
        Orders: {text}
        {orders.nextPollAt && (
          <>
            ; next poll <Instant at={orders.nextPollAt} />
          </>
        )}
      </>
    ),
  }
}

function zeroFinding({ push, name }: AccountAnswer): Finding | null {
  if (push?.massZero == null) return null
  return {
    key: 'zeros',
    text: (
      <>
        {push.massZero} numbers of 0 wait for a confirmation: lockstep sync status {name}
      </>
    ),
  }
}

function waitingFinding({ push }: AccountAnswer): Finding | null {
  const waiting = push?.oldestWaiting
  if (!waiting) return null
  return {
    key: 'waiting',
    text: (
      <>
        <span className="mono sku">{waiting.channelSku}</span> has waited longest, since <Instant at={waiting.since} />
        {waiting.blockedBy && <>: {reasonText(waiting.blockedBy)}</>}
      </>
    ),
  }
}
