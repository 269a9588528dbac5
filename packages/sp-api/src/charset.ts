import { TextDecoder } from 'node:util'

/**
 * Amazon's names of charsets that the platform's decoder does not know by that name. Latin-1 is decoded as windows-1252: that is what its senders mean.
 * Source: SP-API, content types seen on report downloads (Cp1252, Shift_JIS, UTF-8).
 */
const aliases: Readonly<Record<string, string>> = {
  cp1252: 'windows-1252',
  cp932: 'shift_jis',
  ms932: 'shift_jis',
  'windows-31j': 'shift_jis',
}

/** The charset that a Content-Type names, or undefined. */
export function charsetOf(contentType: string | undefined): string | undefined {
  return /charset\s*=\s*"?([^";\s]+)/i.exec(contentType ?? '')?.[1]
}

/** A decoder for the charset that a document declares, or for UTF-8 when it declares none. Undefined for one that nobody knows. */
export function decoderFor(contentType: string | undefined): TextDecoder | undefined {
  const declared = charsetOf(contentType)?.toLowerCase() ?? 'utf-8'
  try {
    return new TextDecoder(aliases[declared] ?? declared)
  } catch {
    return undefined
  }
}
