import { expect, test } from '@jest/globals'
import { Metadata, status, type ServiceError } from '@grpc/grpc-js'
import { RefusalError, trailerOf } from '@lockstep/rpc/refusal'
import { z } from 'zod'

import { PeerError } from '../peers/ask.ts'
import { readInput } from './input.ts'
import { httpStatusOf, refusalAnswer } from './refusal-answer.ts'

function serviceError(code: status, metadata = new Metadata()): ServiceError {
  return Object.assign(new Error('14 details that are for the log'), { code, details: 'details', metadata })
}

const refused = (code: status) =>
  new PeerError(
    'despatch',
    serviceError(
      code,
      trailerOf(
        new RefusalError({
          status: 'RESOURCE_EXHAUSTED',
          reason: 'TRACKING_MISSING',
          message: 'the tracking number is missing',
          nextStep: 'give the tracking number',
          field: 'tracking',
          retryAfterMs: 2_500,
        }),
      ),
    ),
  )

test.each([
  [status.INVALID_ARGUMENT, 400],
  [status.PERMISSION_DENIED, 403],
  [status.NOT_FOUND, 404],
  [status.ALREADY_EXISTS, 409],
  [status.FAILED_PRECONDITION, 409],
  [status.ABORTED, 409],
  [status.RESOURCE_EXHAUSTED, 429],
  [status.UNAVAILABLE, 503],
  [status.DEADLINE_EXCEEDED, 503],
  [status.INTERNAL, 500],
  [status.UNKNOWN, 500],
])('gRPC status %i is HTTP status %i', (code, expected) => {
  expect(httpStatusOf(code)).toBe(expected)
})

test('a refusal keeps its code, words, field and next step, and says when to come back', () => {
  expect(refusalAnswer(refused(status.RESOURCE_EXHAUSTED))).toEqual({
    status: 429,
    body: {
      error: {
        code: 'TRACKING_MISSING',
        message: 'the tracking number is missing',
        next_step: 'give the tracking number',
        field: 'tracking',
        value: null,
      },
    },
    retryAfterSeconds: 2,
  })
})

test('a service that is away is named, and its address is not', () => {
  const answer = refusalAnswer(new PeerError('inventory', serviceError(status.UNAVAILABLE)))

  expect(answer.status).toBe(503)
  expect(answer.body.error).toMatchObject({ code: 'PEER_UNAVAILABLE', message: 'inventory does not answer' })
  expect(answer.fault).toBeUndefined()
})

test('what went wrong inside is told to the log and not to the page', () => {
  for (const error of [new TypeError('secret'), new PeerError('report', serviceError(status.INTERNAL)), 'a string']) {
    const answer = refusalAnswer(error)
    expect(answer.status).toBeGreaterThanOrEqual(500)
    expect(answer.fault).toBe(true)
    expect(JSON.stringify(answer.body)).not.toMatch(/secret|details/)
  }
})

const readFilter = () => readInput(z.strictObject({ filter: z.enum(['all', 'linked']) }), { filter: 'most' })

test('input that cannot be used is refused with its field and value', () => {
  expect(readFilter).toThrow('filter "most" cannot be used')
  expect(answerTo(readFilter)).toMatchObject({
    status: 400,
    body: { error: { code: 'FIELD_INVALID', field: 'filter', value: 'most' } },
  })
  expect(answerTo(() => readInput(z.strictObject({}), { colour: 'red' })).body.error).toMatchObject({ field: 'colour' })
})

test('what the HTTP server itself refuses keeps its status', () => {
  const error = Object.assign(new Error('Unsupported Media Type'), { statusCode: 415 })

  expect(refusalAnswer(error)).toMatchObject({ status: 415, body: { error: { code: 'REQUEST_INVALID' } } })
})

function answerTo(act: () => unknown) {
  try {
    act()
  } catch (error) {
    return refusalAnswer(error)
  }
  throw new Error('nothing was refused')
}
