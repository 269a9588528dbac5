/** Most characters a seller SKU may have. */
export const MAX_SKU_CHARACTERS = 40

/** Whether a seller SKU can be sent at all. */
export type SkuCheck =
  | { readonly kind: 'good' }
  | {
      readonly kind: 'refused'
      readonly reason: 'EMPTY' | 'TOO_LONG' | 'DOT_SEGMENT' | 'LONE_SURROGATE' | 'LOST_CHARACTER' | 'CONTROL_CHARACTER'
      /** What is wrong, with the value. */
      readonly detail: string
    }

/**
 * Whether a seller SKU can travel in a path byte for byte. It is opaque: case and spaces matter. Refused are those that a path cannot carry
 * ("." and ".." are taken for folders by every HTTP client), those that are no text (half of a surrogate pair), and those that were damaged before
 * they reached us (a replacement character): writing to a damaged SKU would write to another listing, or to none.
 */
export function checkChannelSku(sku: string): SkuCheck {
  const shown = JSON.stringify(sku)
  if (sku === '') return refused('EMPTY', 'the SKU is empty')
  const characters = Array.from(sku).length
  if (characters > MAX_SKU_CHARACTERS) {
    return refused(
      'TOO_LONG',
      `${shown} has ${String(characters)} characters; ${String(MAX_SKU_CHARACTERS)} are allowed`,
    )
  }
  if (sku === '.' || sku === '..')
    return refused('DOT_SEGMENT', `${shown} cannot be addressed: paths take it for a folder`)
  if (!sku.isWellFormed()) return refused('LONE_SURROGATE', `${shown} holds half a character`)
  if (sku.includes('\uFFFD')) return refused('LOST_CHARACTER', `${shown} holds a character that was lost on its way`)
  if (/\p{Cc}/u.test(sku)) return refused('CONTROL_CHARACTER', `${shown} holds a control character`)
  return { kind: 'good' }
}

const refused = (reason: Extract<SkuCheck, { kind: 'refused' }>['reason'], detail: string): SkuCheck => ({
  kind: 'refused',
  reason,
  detail,
})

/**
 * A path segment, percent-encoded exactly once, a space as %20. Unescaped, a slash answers 403; escaped twice, 404.
 * Throws a URIError for text that is not well formed; `checkChannelSku` finds it before.
 */
export const encodeSegment = (segment: string): string =>
  encodeURIComponent(segment).replaceAll(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`)
