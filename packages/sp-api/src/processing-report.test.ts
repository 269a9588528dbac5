import { expect, test } from '@jest/globals'
import fc from 'fast-check'

import { readProcessingReport, type SentMessage } from './processing-report.ts'

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const sent: SentMessage[] = ['A', 'B', 'C'].map((sku, i) => ({ messageId: i + 1, sku }))
const summary = (processed: number, accepted: number, invalid: number) => ({
  errors: invalid,
  warnings: 0,
  messagesProcessed: processed,
  messagesAccepted: accepted,
  messagesInvalid: invalid,
})
const header = { sellerId: 'A1', version: '2.0', feedId: '50001' }
const error = {
  messageId: 2,
  sku: 'B',
  code: '90220',
  severity: 'ERROR',
  message: "'[batteries_required]' is required.",
}

const kindsOf = (report: unknown) => {
  const read = readProcessingReport(bytes(report), sent)
  return read.kind === 'read' ? [...read.outcomes.values()].map(({ kind }) => kind) : read.kind
}

test('each message has its outcome: the ones with errors are refused in Amazon’s words, the others are accepted', () => {
  const read = readProcessingReport(bytes({ header, issues: [error], summary: summary(3, 2, 1) }), sent)

  expect(read).toMatchObject({ kind: 'read', accepted: 2, refused: 1, missing: 0 })
  expect(read.kind === 'read' && read.outcomes.get(2)).toEqual({
    kind: 'refused',
    issue: "90220: '[batteries_required]' is required.",
  })
})

test('a warning is no refusal, and several issues of one message are one outcome', () => {
  const issues = [error, { ...error, code: '2' }, { ...error, messageId: 1, sku: 'A', severity: 'WARNING', code: 'w' }]
  const read = readProcessingReport(bytes({ header, issues, summary: summary(3, 2, 1) }), sent)

  expect(read).toMatchObject({ accepted: 2, refused: 1 })
  expect(read.kind === 'read' && read.outcomes.get(1)).toMatchObject({ kind: 'accepted', warning: /w: / })
})

test('[T-56] messages that the sums do not account for are missing, never accepted', () => {
  expect(kindsOf({ header, issues: [error], summary: summary(2, 1, 1) })).toEqual(['missing', 'refused', 'missing'])
  expect(kindsOf({ header, issues: [], summary: summary(3, 2, 1) })).toEqual(['missing', 'missing', 'missing'])
  expect(kindsOf({ header, issues: [error], summary: summary(3, 1, 2) })).toEqual(['missing', 'refused', 'missing'])
})

test('[T-54] a feed of which nothing was processed is rejected as a whole, with the reason', () => {
  const issue = { severity: 'ERROR', code: '4000', message: 'The header is not valid.' }

  expect(readProcessingReport(bytes({ header, issues: [issue], summary: summary(0, 0, 0) }), sent)).toEqual({
    kind: 'rejected',
    detail: '4000: The header is not valid.',
  })
})

test('a report is read leniently: numbers in text, an issue that lost its message id, a severity nobody knows', () => {
  const issues = [
    { ...error, messageId: '2' },
    { sku: 'C', severity: 'WORSE', message: 'no' },
  ]

  expect(kindsOf({ issues, summary: summary(3, 1, 2), items: [1] })).toEqual(['accepted', 'refused', 'refused'])
})

test('an issue about a message that was never sent changes nothing', () => {
  expect(kindsOf({ issues: [{ ...error, messageId: 99 }], summary: summary(3, 3, 0) })).toEqual([
    'accepted',
    'accepted',
    'accepted',
  ])
})

test.each(['', '{"issues":[]', '<html></html>', '[]', '{"summary":{}}'])('%j is no report', (text) => {
  expect(readProcessingReport(Buffer.from(text), sent)).toEqual({ kind: 'unreadable' })
})

test('no report makes the reader throw, and every message that was sent has one outcome', () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), fc.json().map(bytes)), (body) => {
      const read = readProcessingReport(body, sent)
      expect(read.kind !== 'read' || read.outcomes.size === sent.length).toBe(true)
    }),
  )
})
