import { z } from 'zod'

import { jsonOf } from './call.ts'

/*
 * What Amazon puts into the queue. Source: SP-API, notification schemas. Some types are written in PascalCase and some in camelCase, so names are compared
 * without regard to their first letter. Of a payload only what says where to look is read: the rest may be out of date by the time it comes.
 */

/** What a notification is about. */
export type NotificationSubject =
  | { readonly kind: 'order'; readonly orderId: string }
  | { readonly kind: 'feed'; readonly feedId: string }
  | { readonly kind: 'report'; readonly reportId: string }
  | { readonly kind: 'quantity'; readonly sku: string }

/** A notification in plain values. */
export interface NotificationMessage {
  /** The same for every delivery of it. */
  readonly notificationId: string
  readonly subscriptionId: string
  readonly sellerId: string
  /** When it happened, by Amazon's clock. */
  readonly eventAt: Date
  readonly subject: NotificationSubject
}

/** What came of reading one message of the queue; `problem` names fields, never their values. */
export type NotificationReading =
  | { readonly kind: 'notification'; readonly notification: NotificationMessage }
  /** A type that nobody here asked for. */
  | { readonly kind: 'other'; readonly type: string }
  | { readonly kind: 'unreadable'; readonly problem: string }

const text = z.string().min(1).max(400)
const EnvelopeShape = z.object({
  notificationType: text,
  eventTime: z.iso.datetime({ offset: true }).transform((time) => new Date(time)),
  payload: z.record(z.string(), z.unknown()),
  notificationMetadata: z.object({ notificationId: text, subscriptionId: text }),
})
const Seller = z.object({ sellerId: text })

/** What each type's payload names, and where it stands in it. */
const subjects: Readonly<
  Record<string, { in: string | null; read(payload: unknown): z.ZodSafeParseResult<NotificationSubject> }>
> = {
  ORDER_CHANGE: {
    in: 'orderChangeNotification',
    read: (payload) => orderShape.safeParse(payload),
  },
  FEED_PROCESSING_FINISHED: {
    in: 'feedProcessingFinishedNotification',
    read: (payload) => feedShape.safeParse(payload),
  },
  REPORT_PROCESSING_FINISHED: {
    in: 'reportProcessingFinishedNotification',
    read: (payload) => reportShape.safeParse(payload),
  },
  LISTINGS_ITEM_MFN_QUANTITY_CHANGE: { in: null, read: (payload) => quantityShape.safeParse(payload) },
}

const orderShape = z
  .object({ amazonOrderId: text })
  .transform(({ amazonOrderId: orderId }): NotificationSubject => ({ kind: 'order', orderId }))
const feedShape = z.object({ feedId: text }).transform(({ feedId }): NotificationSubject => ({ kind: 'feed', feedId }))
const reportShape = z
  .object({ reportId: text })
  .transform(({ reportId }): NotificationSubject => ({ kind: 'report', reportId }))
const quantityShape = z.object({ sku: text }).transform(({ sku }): NotificationSubject => ({ kind: 'quantity', sku }))

/** Reads one message. Never throws. */
export function readNotification(body: Uint8Array): NotificationReading {
  const envelope = EnvelopeShape.safeParse(withLowerFirst(jsonOf(body), 2))
  if (!envelope.success) return unreadable(envelope.error)
  const { notificationType: type, payload, eventTime: eventAt, notificationMetadata: metadata } = envelope.data
  const known = subjects[type]
  if (!known || !Object.hasOwn(subjects, type)) return { kind: 'other', type }
  const about = withLowerFirst(known.in === null ? payload : payload[known.in], 1)
  const seller = Seller.safeParse(about)
  const subject = known.read(about)
  if (!subject.success) return unreadable(subject.error)
  if (!seller.success) return unreadable(seller.error)
  const { notificationId, subscriptionId } = metadata
  const { sellerId } = seller.data
  return {
    kind: 'notification',
    notification: { notificationId, subscriptionId, sellerId, eventAt, subject: subject.data },
  }
}

function unreadable(error: z.ZodError): NotificationReading {
  const problems = error.issues.map(({ path, code }) => `${path.join('.') || 'the message'}: ${code}`)
  return { kind: 'unreadable', problem: problems.slice(0, 5).join('; ') }
}

/** The same object with the names' first letters in lower case, so many levels deep. */
function withLowerFirst(value: unknown, levels: number): unknown {
  if (levels === 0 || typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name.slice(0, 1).toLowerCase() + name.slice(1),
      withLowerFirst(inner, levels - 1),
    ]),
  )
}
