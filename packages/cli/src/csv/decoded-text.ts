import { UsageError } from '../output.ts'
import { errorCode } from './error-code.ts'

/** The encodings that files are taken in. */
export const encodings = ['utf-8', 'windows-1252'] as const

/** The text of a file, piece by piece. Throws a UsageError at the first bytes that are no text in the encoding: a file must not lose letters on its way. */
export async function* decodedText(bytes: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: true })
  let lines = 1
  try {
    for await (const piece of bytes) {
      const text = decoder.decode(piece, { stream: true })
      yield text
      lines += newlinesIn(piece)
    }
    yield decoder.decode()
  } catch (error) {
    if (errorCode(error) !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error
    const hint = encoding === 'utf-8' ? 'save it as UTF-8, or repeat with --encoding windows-1252' : 'save it as UTF-8'
    throw new UsageError(`the CSV is not in ${encoding}, from line ${String(lines)} on: ${hint}`, { nextStep: hint })
  }
}

function newlinesIn(piece: Uint8Array): number {
  let count = 0
  for (const byte of piece) if (byte === 0x0a) count += 1
  return count
}
