import type { Seller } from '../core/records.ts'
import { sellerKeyOf } from '../core/world.ts'
import { html, type Html } from './html.ts'
import { layout, placeName, type Frame } from './seller-central-pages.ts'

/** Asks who agrees. */
export function consentPage(frame: Frame, what: { applicationId: string; sellers: Seller[]; action: string }): Html {
  const { applicationId, sellers, action } = what
  if (sellers.length === 0) return layout(frame, 'Authorise', noSellers)
  const choices = sellers.map(
    (seller, i) =>
      html`<p>
        <label>
          <input type="radio" name="seller" value="${sellerKeyOf(seller)}" ${{ html: i === 0 ? 'checked' : '' }} />
          ${seller.name} (${seller.sellerId}, ${seller.region}): ${seller.marketplaceIds.map(placeName).join(', ')}
        </label>
      </p>`,
  )
  const form = html`<p>
      The application <code>${applicationId}</code> asks for access to a seller's account. It gets the roles the seller
      has granted, for 365 days.
    </p>
    <form method="post" action="${action}">
      ${choices}
      <button>Confirm</button>
    </form>`
  return layout(frame, 'Authorise', form)
}

const noSellers = html`<p>No sellers yet: create one with <code>POST /_sim/sellers</code>.</p>`

/** Says why nobody is asked, with Seller Central's code where there is one. */
export function consentRefusedPage(frame: Frame, refusal: { code: string | null; message: string }): Html {
  const code = refusal.code === null ? '' : html`<strong>${refusal.code}</strong> `
  return layout(frame, 'Not authorised', html`<p role="alert">${code}${refusal.message}</p>`)
}
