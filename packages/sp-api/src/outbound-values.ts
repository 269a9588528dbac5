import { z } from 'zod'

import type { Money } from './orders.ts'

/** A time in a reply; null for one that cannot be read, which never spoils what stands beside it. */
export const instantOrNull = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text))
  .nullish()
  .catch(null)
  .transform((instant) => instant ?? null)

/** A word or text in a reply, as it came; null where there is none. */
export const textOrNull = z
  .string()
  .nullish()
  .catch(null)
  .transform((text) => text || null)

/** A list in a reply of which each member is read alone; members that cannot be read are left out. */
export function readableOf<Shape extends z.ZodType>(shape: Shape) {
  return z
    .array(z.unknown())
    .nullish()
    .catch([])
    .transform((members): z.output<Shape>[] =>
      (members ?? []).flatMap((member) => {
        const read = shape.safeParse(member)
        return read.success ? [read.data] : []
      }),
    )
}

/** A price in a reply; null for one that cannot be read, never 0. The two versions name the number differently. */
export const moneyOrNull = z
  .object({
    value: z.union([z.string(), z.number()]).nullish(),
    amount: z.union([z.string(), z.number()]).nullish(),
    currencyCode: z.string().regex(/^[A-Z]{3}$/),
  })
  .nullish()
  .catch(null)
  .transform((read): Money | null => {
    const amount = String(read?.amount ?? read?.value ?? '')
    return read && /^-?\d+(\.\d+)?$/.test(amount) ? { amount, currency: read.currencyCode } : null
  })

/** An amount of 2026-07-04 in units; null for one that is missing, of another unit, or no whole number. */
export const unitsOrNull = z
  .object({ value: z.union([z.string().min(1), z.number()]), unit: z.string().nullish() })
  .nullish()
  .catch(null)
  .transform((read) => {
    const units = Number(read?.value ?? Number.NaN)
    return Number.isSafeInteger(units) && (read?.unit ?? 'EACHES') === 'EACHES' ? units : null
  })
