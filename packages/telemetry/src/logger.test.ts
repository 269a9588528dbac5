import { expect, test } from '@jest/globals'
import { createLogger } from './logger.ts'

function logged(write: (log: ReturnType<typeof createLogger>) => void, allow: string[] = []): Record<string, unknown> {
  const lines: string[] = []
  write(createLogger('inventory', { allow, destination: { write: (line: string) => lines.push(line) } }))
  return JSON.parse(lines.join('')) as Record<string, unknown>
}

test('a line is one JSON object with its service, version, env and message', () => {
  const line = logged((log) => log.warn({ account_id: 'acc_1', duration_ms: 12 }, 'order received'))

  expect(line).toMatchObject({
    level: 'warn',
    service: 'inventory',
    account_id: 'acc_1',
    duration_ms: 12,
    msg: 'order received',
  })
  expect(line).toHaveProperty('version')
  expect(line).toHaveProperty('env')
})

test('[R24] text in a field that is not known to be safe does not leave the process, at any depth', () => {
  const fields = {
    order_id: 'ord_1',
    buyer_name: 'canary',
    note: 'canary',
    nested: { email: 'canary', lines: ['canary', 2] },
    refresh_token_id: 'canary',
  }
  const line = logged((log) => log.info(fields, 'seen'))

  expect(JSON.stringify(line)).not.toContain('canary')
  expect(line).toMatchObject({
    order_id: 'ord_1',
    note: '[redacted]',
    nested: { email: '[redacted]', lines: ['[redacted]', 2] },
  })
})

test('a service may name further fields, but never one that sounds like buyer data', () => {
  const line = logged((log) => log.info({ note: 'kept', buyer_note: 'canary' }, 'seen'), ['note', 'buyer_note'])

  expect(line).toMatchObject({ note: 'kept', buyer_note: '[redacted]' })
})

test('[R24] an error is logged with its causes and code, without the values that a driver puts beside it', () => {
  const cause = Object.assign(new Error('duplicate key'), {
    code: '23505',
    detail: 'Key (email)=(canary) already exists.',
  })
  const line = logged((log) => log.error({ err: new Error('not stored', { cause }) }, 'failed'))

  expect(JSON.stringify(line)).not.toContain('canary')
  expect(line).toMatchObject({
    err: { type: 'Error', message: 'not stored', cause: { message: 'duplicate key', code: '23505' } },
  })
})
