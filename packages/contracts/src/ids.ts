import { randomBytes } from 'node:crypto'

/** The prefix of an id says what it names. */
export type IdPrefix =
  | 'acc' // channel account
  | 'aut' // authorisation by a seller's consent
  | 'chg' // change of rules
  | 'con' // seller connection
  | 'dsp' // despatch
  | 'evt' // outbox row, and so Nats-Msg-Id
  | 'fed' // feed
  | 'grp' // shared-SKU group
  | 'itm' // stock item
  | 'job' // bulk job
  | 'loc' // location
  | 'lst' // listing
  | 'mov' // ledger entry
  | 'oln' // order line
  | 'ord' // order
  | 'rpt' // report
  | 'rsv' // reservation
  | 'trf' // transfer

/** Makes ids; passed in so that tests can foresee them. */
export interface Ids {
  next(prefix: IdPrefix): string
}

// Crockford's alphabet in lower case: no i, l, o, u, and it sorts by value.
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'

function encodeBase32(value: bigint, length: number): string {
  let text = ''
  for (let rest = value; text.length < length; rest >>= 5n) text = `${alphabet.charAt(Number(rest & 31n))}${text}`
  return text
}

/** Unique ids that sort by their time of making: prefix, 10 characters of milliseconds, 16 characters of chance. */
export const systemIds: Ids = {
  next(prefix) {
    const chance = BigInt(`0x${randomBytes(10).toString('hex')}`)
    return `${prefix}_${encodeBase32(BigInt(Date.now()), 10)}${encodeBase32(chance, 16)}`
  },
}
