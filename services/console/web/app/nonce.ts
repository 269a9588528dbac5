// oxlint-disable no-underscore-dangle -- the name is the library's
declare global {
  /** Where the library that locks scrolling looks for the nonce of its style element. */
  var __webpack_nonce__: string | undefined
}

/** The nonce that the server gave this page: style elements made here need it. */
export function pageNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? ''
}

/** Hands the nonce to libraries that make style elements of their own. */
export function shareNonce(): void {
  globalThis.__webpack_nonce__ = pageNonce()
}
