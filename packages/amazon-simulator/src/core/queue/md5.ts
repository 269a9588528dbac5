import { createHash } from 'node:crypto'
import type { MessageAttribute } from './records.ts'

/** The digest of a body, which SQS clients check. */
export function md5OfBody(body: string): string {
  return createHash('md5').update(body, 'utf8').digest('hex')
}

/**
 * The digest of message attributes: by name, each as length-prefixed name, type and value.
 * Source: "Calculating the MD5 message digest for message attributes".
 */
export function md5OfAttributes(attributes: Record<string, MessageAttribute>): string | undefined {
  const names = Object.keys(attributes).toSorted()
  if (names.length === 0) return undefined
  const hash = createHash('md5')
  for (const name of names) {
    const { DataType, StringValue, BinaryValue } = attributes[name] ?? { DataType: 'String' }
    const isBinary = DataType.startsWith('Binary')
    const value = isBinary ? Buffer.from(BinaryValue ?? '', 'base64') : Buffer.from(StringValue ?? '')
    for (const part of [Buffer.from(name), Buffer.from(DataType)]) hash.update(prefixed(part))
    hash.update(Buffer.from([isBinary ? 2 : 1])).update(prefixed(value))
  }
  return hash.digest('hex')
}

function prefixed(part: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(part.length)
  return Buffer.concat([length, part])
}
