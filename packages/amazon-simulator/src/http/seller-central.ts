import type { FastifyInstance, FastifyReply } from 'fastify'
import { readFeeds } from '../core/control/feeds.ts'
import { listingRow, putListing } from '../core/control/listings.ts'
import { changeOrder, orderActions } from '../core/control/orders.ts'
import { listListings } from '../core/listings.ts'
import { ControlRefusalError } from '../core/refusals.ts'
import { profileOf } from '../core/settings.ts'
import { sellerKeyOf } from '../core/world.ts'
import { run, type Engine } from './engine.ts'
import type { Html } from './html.ts'
import { feedsPage, listingsPage, messagePage, ordersPage, sellersPage, type Frame } from './seller-central-pages.ts'

interface PageQuery {
  Querystring: { seller?: string; search?: string; page?: string }
}

const rowsPerPage = 50

/** A small Seller Central for people: what a seller sees and does without the API. */
export function addSellerCentral(app: FastifyInstance, engine: Engine): void {
  app.get('/', (_request, reply) => show(reply, sellersPage(frameOf(engine), [...engine.world.sellers.all()])))
  app.get<PageQuery>('/seller-central/listings', ({ query }, reply) =>
    run(engine, (world, now) => {
      const seller = sellerOf(engine, query.seller)
      const search = query.search ?? ''
      const rows = listListings(world, seller, now).filter(({ sku }) =>
        sku.toLowerCase().includes(search.toLowerCase()),
      )
      const slice = pageOf(rows, query.page)
      return show(reply, listingsPage(frameOf(engine), { seller, search, ...slice, rows: slice.rows.map(listingRow) }))
    }),
  )
  app.get<PageQuery>('/seller-central/orders', ({ query }, reply) => {
    const seller = sellerOf(engine, query.seller)
    const orders = engine.world.orders.inGroup(sellerKeyOf(seller)).toSorted((a, b) => b.placedAt - a.placedAt)
    return show(reply, ordersPage(frameOf(engine), { seller, search: '', ...pageOf(orders, query.page) }))
  })
  app.get<PageQuery>('/seller-central/feeds', ({ query }, reply) =>
    run(engine, (world, now) => {
      const seller = sellerOf(engine, query.seller)
      const { sellerId, region } = seller
      return show(reply, feedsPage(frameOf(engine), seller, readFeeds(world, { sellerId, region, now })))
    }),
  )
  app.post<PageQuery>('/seller-central/listings', ({ query, body }, reply) => {
    const seller = sellerOf(engine, query.seller)
    const form = formOf(body)
    const edit = {
      sellerId: seller.sellerId,
      region: seller.region,
      sku: form.get('sku'),
      quantity: Number(form.get('quantity') || Number.NaN),
    }
    return attempt(engine, reply, {
      back: backTo('listings', query),
      change: (now) => putListing(engine.world, edit, now),
    })
  })
  app.post<PageQuery & { Params: { id: string; action: string } }>(
    '/seller-central/orders/:id/:action',
    ({ params, query }, reply) => {
      const action = orderActions.find((name) => name === params.action)
      if (!action) return reply.code(404).send()
      const change = (now: number): unknown => changeOrder(engine.world, { orderId: params.id, action, body: {}, now })
      return attempt(engine, reply, { back: backTo('orders', query), change })
    },
  )
}

/** Does what a form asks and goes back to its page, or shows why not. */
function attempt(
  engine: Engine,
  reply: FastifyReply,
  form: { back: string; change: (now: number) => unknown },
): FastifyReply {
  try {
    run(engine, (_world, now) => form.change(now))
    return reply.redirect(form.back, 303)
  } catch (err) {
    if (!(err instanceof ControlRefusalError)) throw err
    return show(reply.code(err.status), messagePage(frameOf(engine), { message: err.message, back: form.back }))
  }
}

/** What the banner says now. */
export function frameOf(engine: Engine): Frame {
  return {
    profile: profileOf(engine.world.settings),
    settings: engine.world.settings,
    now: engine.now(),
    clockMode: engine.clockMode,
  }
}

function sellerOf(engine: Engine, key: string | undefined) {
  const seller = engine.world.sellers.find(key ?? '')
  if (seller) return seller
  throw new ControlRefusalError(404, {
    code: 'NOT_FOUND',
    field: 'seller',
    message: `no seller '${key ?? ''}': start from /`,
  })
}

function pageOf<Row>(
  all: Row[],
  text: string | undefined,
): { rows: Row[]; page: number; pages: number; total: number } {
  const pages = Math.max(1, Math.ceil(all.length / rowsPerPage))
  const page = Math.min(pages, Math.max(1, Math.trunc(Number(text)) || 1))
  return { rows: all.slice((page - 1) * rowsPerPage, page * rowsPerPage), page, pages, total: all.length }
}

function backTo(page: string, query: PageQuery['Querystring']): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (typeof value === 'string') params.set(name, value)
  return `/seller-central/${page}?${params.toString()}`
}

function formOf(body: unknown): URLSearchParams {
  return new URLSearchParams(Buffer.isBuffer(body) ? body.toString('utf8') : '')
}

function show(reply: FastifyReply, page: Html): FastifyReply {
  const policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"
  return reply.type('text/html; charset=utf-8').header('content-security-policy', policy).send(page.html)
}
