import { expect, test } from '@jest/globals'

import { consentUrl, readConsentReturn } from './consent.ts'

const request = {
  applicationId: 'amzn1.sp.solution.1',
  marketplace: 'UK',
  state: 'n0tGuessableAtAll-1234567890',
  isDraft: false,
}

test('a seller is sent to the Seller Central of the marketplace, with the state and without any scope', () => {
  expect(consentUrl(request)).toEqual({
    kind: 'url',
    url: 'https://sellercentral-europe.amazon.com/apps/authorize/consent?application_id=amzn1.sp.solution.1&state=n0tGuessableAtAll-1234567890',
  })
})

test('a draft application is authorised as beta, and a redirect address is encoded once', () => {
  const asked = consentUrl({
    ...request,
    marketplace: 'ATVPDKIKX0DER',
    isDraft: true,
    redirectUri: 'https://x.example/a?b=c',
  })
  const url = asked.kind === 'url' ? new URL(asked.url) : undefined

  expect(url?.host).toBe('sellercentral.amazon.com')
  expect(url?.search).toContain('redirect_uri=https%3A%2F%2Fx.example%2Fa%3Fb%3Dc')
  expect(url?.searchParams.get('version')).toBe('beta')
})

test('a marketplace whose Seller Central nobody knows is refused with the ones to use instead', () => {
  expect(consentUrl({ ...request, marketplace: 'IE' })).toMatchObject({
    kind: 'refused',
    field: 'marketplace',
    detail: expect.stringMatching(/IE.*UK, DE, FR/),
  })
  expect(consentUrl({ ...request, marketplace: 'XX' })).toMatchObject({ kind: 'refused', field: 'marketplace' })
})

test('a state that can be guessed is refused', () => {
  expect(consentUrl({ ...request, state: '1234' })).toMatchObject({ kind: 'refused', field: 'state' })
})

test('what comes back is read whole or not at all', () => {
  const whole = new URLSearchParams('state=s&selling_partner_id=A1&spapi_oauth_code=c&mws_auth_token=old')

  expect(readConsentReturn(whole)).toEqual({ kind: 'returned', state: 's', sellerId: 'A1', code: 'c' })
  expect(readConsentReturn(new URLSearchParams('state=s&spapi_oauth_code='))).toEqual({
    kind: 'incomplete',
    missing: ['selling_partner_id', 'spapi_oauth_code'],
  })
})
