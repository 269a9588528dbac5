import type { Stage } from './open-stage.ts'

/** What `orders process` is told of a parcel. */
export const parcel = ['--carrier', 'Royal Mail', '--service', 'Tracked 24', '--tracking', 'RM123456789GB'] as const

/** The entries of an order's audit trail, oldest first. */
export async function auditWords(stage: Stage, orderId: string): Promise<string[]> {
  const { json } = await stage.lockstep('orders', 'audit', orderId)
  return (json as { entries: { text: string }[] }).entries.map(({ text }) => text)
}

/** What Amazon was told of an order's shipment, by its own journal. */
export async function confirmationsOf(
  { sim }: Stage,
  orderId: string,
): Promise<{ status: number; at: string; body: unknown }[]> {
  const { entries } = await sim.journal({ operation: 'confirmShipment' })
  return entries.filter(({ path }) => path.includes(orderId))
}

/** When the only despatch of an order is sent next. */
export async function nextAttemptOf(stage: Stage, orderId: string): Promise<string | null> {
  const { json } = await stage.lockstep('orders', 'show', orderId)
  const [despatch] = (json as { despatches: { next_attempt_at: string | null }[] }).despatches
  return despatch?.next_attempt_at ?? null
}

/** Lets the time of an order's next attempt be now. */
export async function sendAgainNow(stage: Stage, orderId: string): Promise<void> {
  await stage.sql(
    'despatch',
    'update despatch set next_attempt_at = clock_timestamp() where channel_order_id = $1 and next_attempt_at is not null',
    [orderId],
  )
}
