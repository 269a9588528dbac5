import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'

import type { AuditEntryAnswer } from '../../src/wire/order.ts'
import { auditQuery } from '../api/queries.ts'
import { Instant } from '../parts/instant.tsx'
import { Loading } from '../parts/loading.tsx'
import { Problem } from '../parts/problem.tsx'
import classes from './audit-trail.module.css'

/** What happened to an order, oldest first. Nothing of it is ever changed. */
export function AuditTrail({ order }: { order: string }) {
  const { data, error, refetch } = useQuery(auditQuery(order))
  if (!data) {
    if (error) return <Problem error={error} title="The trail could not be read" onRetry={() => void refetch()} />
    return <Loading what="the audit trail" rows={3} height={36} />
  }
  if (data.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        No entry yet.
      </Text>
    )
  }
  return (
    <ol className={classes['trail']} aria-label="Audit trail">
      {data.map((entry, index) => (
        // The trail only grows at its end.
        // oxlint-disable-next-line react/no-array-index-key -- an entry has no other name than its place
        <Entry key={index} entry={entry} />
      ))}
    </ol>
  )
}

function Entry({ entry }: { entry: AuditEntryAnswer }) {
  const { at, text, note, actor } = entry
  return (
    <li>
      <Text size="sm" fw={600}>
        {text}
      </Text>
      {(entry.old !== null || entry.new !== null) && (
        <Text size="sm">
          {entry.old ?? '–'} → {entry.new ?? '–'}
        </Text>
      )}
      {note && <Text size="sm">{note}</Text>}
      <Text size="xs" c="dimmed">
        <Instant at={at} show="day" />
        {actor && <> · {actor}</>}
      </Text>
    </li>
  )
}
