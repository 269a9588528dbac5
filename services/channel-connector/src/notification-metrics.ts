import { meter } from '@lockstep/telemetry/metrics'

const connector = meter('channel-connector')

const notifications = connector.createCounter('notifications_total', {
  description: 'Notifications that came, by what became of them',
})
const looks = connector.createCounter('notification_looks_total', {
  description: 'Looks that notifications led to, by what they were about and how they ended',
})
const failures = connector.createCounter('notification_queue_failures_total', {
  description: 'Times that the queue of notifications could not be read',
})

/** Notifications were received. */
export function countNotifications(result: 'taken' | 'repeated' | 'other' | 'unreadable', count: number): void {
  if (count > 0) notifications.add(count, { result })
}

/** A look ended. */
export function countLook(kind: string, result: string): void {
  looks.add(1, { kind, result })
}

/** The queue could not be read. */
export function countQueueFailure(): void {
  failures.add(1)
}
