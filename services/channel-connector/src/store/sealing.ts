import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'

/** A sealed text and the key it was sealed with. */
export interface Sealed {
  bytes: Uint8Array
  keyId: string
}

/** Where refresh tokens are sealed and opened. A key management service would stand behind the same three lines. */
export interface SealingKeys {
  /** Seals with the current key. What is sealed for one owner does not open for another. */
  seal(text: string, owner: string): Sealed
  /** Throws a SealBrokenError when the bytes, the owner or the key are not those it was sealed with. */
  open(sealed: Sealed, owner: string): string
}

/** Thrown when a sealed text does not open: swapped, damaged, or sealed with a key that is no longer there. */
export class SealBrokenError extends Error {
  override name = 'SealBrokenError'
}

const keyBytes = 32
const nonceBytes = 12
const tagBytes = 16
const formatVersion = 1

/** Reads a key file: one key of 32 bytes in base64 per line. The first seals, all of them open, so that a key can be changed in steps. */
export async function loadSealingKeys(path: string): Promise<SealingKeys> {
  const lines = (await readFile(path, 'utf8')).split('\n').map((line) => line.trim())
  const keys = lines.filter((line) => line !== '').map((line, index) => parseKey(line, `${path}, key ${index + 1}`))
  return sealingKeys(keys)
}

function parseKey(line: string, place: string): Buffer {
  const key = Buffer.from(line, 'base64')
  if (key.length !== keyBytes) throw new Error(`${place}: has ${key.length} bytes: write 32 random bytes in base64`)
  return key
}

/** Seals with the first of the keys. */
export function sealingKeys(keys: readonly Buffer[]): SealingKeys {
  const [current] = keys
  if (!current) throw new Error('no sealing key: write 32 random bytes in base64 to the key file')
  const byId = new Map(keys.map((key) => [keyIdOf(key), key]))
  return {
    seal: (text, owner) => ({
      bytes: sealWith(current, text, boundTo(owner, keyIdOf(current))),
      keyId: keyIdOf(current),
    }),
    open: (sealed, owner) => {
      const key = byId.get(sealed.keyId)
      if (!key) throw new SealBrokenError(`sealed with key ${sealed.keyId}, which the key file does not hold`)
      return openWith(key, sealed.bytes, boundTo(owner, sealed.keyId))
    },
  }
}

/** Names a key without giving anything of it away. */
function keyIdOf(key: Buffer): string {
  return createHash('sha256').update('lockstep sealing key').update(key).digest('hex').slice(0, 16)
}

/** What a sealed text is bound to besides its key: moved to another row it does not open. */
function boundTo(owner: string, keyId: string): Buffer {
  return Buffer.from(`${owner}|${keyId}`, 'utf8')
}

function sealWith(key: Buffer, text: string, bound: Buffer): Uint8Array {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes }).setAAD(bound)
  const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
  return Buffer.concat([Buffer.of(formatVersion), nonce, body, cipher.getAuthTag()])
}

function openWith(key: Buffer, sealed: Uint8Array, bound: Buffer): string {
  const bytes = Buffer.from(sealed)
  if (bytes[0] !== formatVersion || bytes.length < 1 + nonceBytes + tagBytes) {
    throw new SealBrokenError('is not a sealed text of this version')
  }
  const nonce = bytes.subarray(1, 1 + nonceBytes)
  const body = bytes.subarray(1 + nonceBytes, -tagBytes)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  decipher.setAAD(bound).setAuthTag(bytes.subarray(-tagBytes))
  try {
    return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8')
  } catch (cause) {
    throw new SealBrokenError('was changed, or was sealed for another owner', { cause })
  }
}
