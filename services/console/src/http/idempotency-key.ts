import type { FastifyRequest } from 'fastify'

import { InputError } from './input.ts'

const LONGEST_KEY = 200

/** The key that a page made for one command. Refuses a command without one. */
export function idempotencyKeyOf({ headers }: FastifyRequest): string {
  const header = headers['idempotency-key']
  const key = Array.isArray(header) ? '' : (header ?? '')
  if (key !== '' && key.length <= LONGEST_KEY) return key
  const message = `the header Idempotency-Key has ${key.length} characters: send 1 to ${LONGEST_KEY}, made once per command`
  throw new InputError({ field: 'Idempotency-Key', value: key === '' ? null : key.slice(0, 100), message })
}
