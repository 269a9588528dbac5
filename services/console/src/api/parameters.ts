import { z } from 'zod'

/** The token of a page; the first page without one. */
export const pageToken = z.string().max(2_000).default('')

/** Part of a SKU, a title or an order id; everything without one. */
export const search = z.string().max(200).default('')

/** An id or a name in a path. */
export const name = z.string().min(1).max(200)
