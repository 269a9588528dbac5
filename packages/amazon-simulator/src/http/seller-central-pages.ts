import type { FeedRow } from '../core/control/feeds.ts'
import type { ListingRow } from '../core/control/listings.ts'
import { openUnits } from '../core/orders.ts'
import { findMarketplace, marketplaceName } from '../core/marketplaces.ts'
import type { Order, Seller } from '../core/records.ts'
import type { Settings } from '../core/settings.ts'
import { isoMillis, isoSeconds } from '../core/times.ts'
import { sellerKeyOf } from '../core/world.ts'
import { html, type Html } from './html.ts'

/** What the banner of every page says. */
export interface Frame {
  profile: string
  settings: Settings
  now: number
  clockMode: string
}

/** One page of a seller's listings or orders. */
export interface Slice<Row> {
  seller: Seller
  search: string
  rows: Row[]
  page: number
  pages: number
  total: number
}

const style = `body{font:14px/1.5 system-ui,sans-serif;margin:0;color:#16191f}main{padding:1rem 1.5rem}
.banner{background:#7a2e00;color:#fff;padding:.6rem 1.5rem}table{border-collapse:collapse;width:100%}
td,th{border-bottom:1px solid #d5dbdb;padding:.35rem .6rem;text-align:left;vertical-align:top}form{display:inline}
input[type=number]{width:5rem}code{white-space:pre-wrap}nav a{margin-right:1rem}.note{color:#545b64}`

/** A page under the banner that says what this is. */
export function layout(frame: Frame, title: string, content: Html): Html {
  const { orderVisibilityMs, reportMs, propagationMs } = frame.settings
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${title} – Amazon simulator</title>
        <style>
          ${{ html: style }}
        </style>
      </head>
      <body>
        <div class="banner" role="banner">
          <strong>This is a simulator, not Amazon.</strong> Profile <strong>${frame.profile}</strong>: orders visible
          after ${seconds(orderVisibilityMs)}, writes live after ${seconds(propagationMs)}, reports after
          ${seconds(reportMs)}. ${limitsNote(frame.settings)} Clock ${frame.clockMode}: ${isoMillis(frame.now)}
        </div>
        <main>
          <h1>${title}</h1>
          ${content}
        </main>
      </body>
    </html>`
}

function limitsNote({ rates }: Settings): string {
  const changed = Object.keys(rates)
  return changed.length === 0 ? "Limits are Amazon's documented ones." : `Limits changed for ${changed.join(', ')}.`
}

/** A marketplace's name, such as Amazon.co.uk. */
export function placeName(marketplaceId: string): string {
  const marketplace = findMarketplace(marketplaceId)
  return marketplace ? marketplaceName(marketplace) : marketplaceId
}

function seconds(milliseconds: number): string {
  return `${milliseconds / 1000} s`
}

/** The start page: who sells here. */
export function sellersPage(frame: Frame, sellers: Seller[]): Html {
  const rows = sellers.map(
    (seller) =>
      html`<tr>
        <td>${seller.sellerId}</td>
        <td>${seller.region}</td>
        <td>${seller.marketplaceIds.map(placeName).join(' ')}</td>
        <td>${seller.roles.join(', ')}</td>
        <td>${links(seller)}</td>
      </tr>`,
  )
  const empty = html`<p>No sellers yet: create one with <code>POST /_sim/sellers</code>.</p>`
  const table = html`<table>
    <thead>
      <tr>
        <th>Seller</th>
        <th>Region</th>
        <th>Marketplaces</th>
        <th>Roles</th>
        <th></th>
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`
  return layout(frame, 'Seller Central', sellers.length > 0 ? table : empty)
}

/** A seller's listings: what was submitted, what buyers see, and an edit of the quantity by hand. */
export function listingsPage(frame: Frame, slice: Slice<ListingRow>): Html {
  const { seller, search } = slice
  const rows = slice.rows.map(
    (row) =>
      html`<tr>
        <td><code>${row.sku}</code></td>
        <td>${row.offers[0]?.title ?? ''}</td>
        <td>${row.fulfillmentChannel}</td>
        <td>
          ${row.offers.map((offer) => html`${placeName(offer.marketplaceId)} ${offer.closed ? 'closed' : offer.status.join(' ')}<br />`)}
        </td>
        <td>${row.submitted.quantity} <span class="note">${row.submitted.by}, ${row.submitted.at}</span></td>
        <td>
          <strong>${row.live.quantity}</strong>
          <span class="note"
            >${row.pendingWrites.map((write) => html`→ ${write.quantity ?? '–'} at ${write.appliesAt} ${write.behindFeed === null ? '' : html`behind feed ${write.behindFeed} `}`)}</span
          >
        </td>
        <td>${quantityForm(seller, row, slice)}</td>
      </tr>`,
  )
  return layout(
    frame,
    `Listings of ${seller.sellerId} (${seller.region})`,
    html`${navigation(seller)}
      <form method="get" action="/seller-central/listings">
        <input type="hidden" name="seller" value="${sellerKeyOf(seller)}" />
        <input name="search" value="${search}" aria-label="SKU contains" placeholder="SKU contains" />
        <button>Search</button>
      </form>
      <table>
        <thead>
          <tr>
            <th>SKU</th>
            <th>Title</th>
            <th>Channel</th>
            <th>Offers</th>
            <th>Submitted</th>
            <th>Live</th>
            <th>Edit</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
      ${pager('listings', slice)}`,
  )
}

function quantityForm(seller: Seller, row: ListingRow, slice: Slice<unknown>): Html {
  return html`<form
    method="post"
    action="${address('listings', seller, { search: slice.search, page: String(slice.page) })}"
  >
    <input type="hidden" name="sku" value="${row.sku}" /><input
      type="number"
      name="quantity"
      min="0"
      value="${row.live.quantity}"
      aria-label="Quantity of ${row.sku}"
    />
    <button>Save</button>
  </form>`
}

/** A seller's orders with what a person can do to them. */
export function ordersPage(frame: Frame, slice: Slice<Order>): Html {
  const rows = slice.rows.map(
    (order) =>
      html`<tr>
        <td>${order.orderId}</td>
        <td>${placeName(order.marketplaceId)}</td>
        <td>${order.fulfilledBy}</td>
        <td>${order.status}</td>
        <td>${isoSeconds(order.createdAt)}</td>
        <td>
          ${order.lines.map((line) => html`<code>${line.sku}</code> × ${line.ordered} (cancelled ${line.cancelled}, shipped ${line.fulfilled})<br />`)}
        </td>
        <td>
          ${order.packages.map((parcel) => html`${parcel.carrierName ?? parcel.carrierCode} ${parcel.trackingNumber}<br />`)}
        </td>
        <td>${actionsFor(order).map((action) => actionForm(order, action, slice))}</td>
      </tr>`,
  )
  return layout(
    frame,
    `Orders of ${slice.seller.sellerId} (${slice.seller.region})`,
    html`${navigation(slice.seller)}
      <table>
        <thead>
          <tr>
            <th>Order</th>
            <th>Marketplace</th>
            <th>By</th>
            <th>Status</th>
            <th>Placed</th>
            <th>Lines</th>
            <th>Parcels</th>
            <th></th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
      ${pager('orders', slice)}`,
  )
}

/** A seller's feeds, newest first: what waits, what is worked on and how far, what came of the others. */
export function feedsPage(frame: Frame, seller: Seller, feeds: FeedRow[]): Html {
  const rows = feeds.map(
    (feed) =>
      html`<tr>
        <td>${feed.feedId}</td>
        <td>${feed.feedType}</td>
        <td><strong>${feed.status}</strong> ${feed.fate === 'stuck' ? html`<span class="note">stuck</span>` : ''}</td>
        <td>${feed.reached} of ${feed.items}</td>
        <td>${feed.createdAt}</td>
        <td>${feed.startsAt ?? '–'}</td>
        <td>${feed.endsAt ?? '–'}</td>
      </tr>`,
  )
  const names = ['Feed', 'Type', 'Status', 'Items', 'Created', 'Starts', 'Ends']
  return layout(
    frame,
    `Feeds of ${seller.sellerId} (${seller.region})`,
    html`${navigation(seller)}
      <table>
        <thead>
          <tr>
            ${names.map((name) => html`<th>${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>`,
  )
}

function actionsFor(order: Order): string[] {
  if (order.status.startsWith('PENDING')) return ['pay', 'cancel']
  if (order.status === 'SHIPPED') return order.packages.some((parcel) => parcel.status === 'SHIPPED') ? ['deliver'] : []
  return order.lines.some((line) => openUnits(line) > 0) ? ['ship', 'request-cancel', 'cancel'] : []
}

function actionForm(order: Order, action: string, slice: Slice<unknown>): Html {
  const target = address(`orders/${order.orderId}/${action}`, slice.seller, { page: String(slice.page) })
  return html`<form method="post" action="${target}"><button>${action}</button></form> `
}

/** Says why something was refused. */
export function messagePage(frame: Frame, what: { message: string; back: string }): Html {
  return layout(
    frame,
    'Not done',
    html`<p role="alert">${what.message}</p>
      <p><a href="${what.back}">Back</a></p>`,
  )
}

function navigation(seller: Seller): Html {
  return html`<nav><a href="/">Sellers</a>${links(seller)}</nav>`
}

function links(seller: Seller): Html {
  return html`<a href="${address('listings', seller)}">Listings</a> <a href="${address('orders', seller)}">Orders</a>
    <a href="${address('feeds', seller)}">Feeds</a>`
}

function pager(page: string, slice: Slice<unknown>): Html {
  const to = (number: number, label: string): Html =>
    html`<a href="${address(page, slice.seller, { search: slice.search, page: String(number) })}">${label}</a> `
  return html`<p>
    ${slice.total} in all, page ${slice.page} of ${slice.pages}
    ${slice.page > 1 ? to(slice.page - 1, 'previous') : ''}${slice.page < slice.pages ? to(slice.page + 1, 'next') : ''}
  </p>`
}

function address(page: string, seller: Seller, more: Record<string, string> = {}): string {
  return `/seller-central/${page}?${new URLSearchParams({ seller: sellerKeyOf(seller), ...more }).toString()}`
}
