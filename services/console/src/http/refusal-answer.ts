import { status } from '@grpc/grpc-js'
import { isServiceError, refusalOf, type Refusal } from '@lockstep/rpc/refusal'

import { PeerError } from '../peers/ask.ts'
import type { ErrorAnswer } from '../wire/error.ts'
import { InputError } from './input.ts'

/** A refusal as HTTP says it. `fault` is set when it is our own failure, which the log must hold. */
export interface RefusalAnswer {
  readonly status: number
  readonly body: ErrorAnswer
  readonly retryAfterSeconds?: number
  readonly fault?: true
}

/** The refusals a request gets before any route sees it. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal'
  readonly answer: RefusalAnswer

  constructor(httpStatus: number, error: { code: string; message: string; next_step: string }) {
    super(error.message)
    this.answer = { status: httpStatus, body: { error: { ...error, field: null, value: null } } }
  }
}

/** What a request that failed is answered with, whatever failed. */
export function refusalAnswer(error: unknown): RefusalAnswer {
  if (error instanceof HttpRefusal) return error.answer
  if (error instanceof InputError) return inputAnswer(error)
  if (error instanceof PeerError) return peerAnswer(error)
  return httpAnswer(error) ?? failure
}

const httpStatuses: Readonly<Record<number, number>> = {
  [status.INVALID_ARGUMENT]: 400,
  [status.OUT_OF_RANGE]: 400,
  [status.PERMISSION_DENIED]: 403,
  [status.UNAUTHENTICATED]: 403,
  [status.NOT_FOUND]: 404,
  [status.ALREADY_EXISTS]: 409,
  [status.FAILED_PRECONDITION]: 409,
  [status.ABORTED]: 409,
  [status.RESOURCE_EXHAUSTED]: 429,
  [status.UNAVAILABLE]: 503,
  [status.DEADLINE_EXCEEDED]: 503,
  [status.CANCELLED]: 503,
  // A peer of another release.
  [status.UNIMPLEMENTED]: 503,
}

/** The HTTP status of an answer that travelled as a gRPC status. */
export const httpStatusOf = (code: number): number => httpStatuses[code] ?? 500

const failure: RefusalAnswer = {
  status: 500,
  body: {
    error: {
      code: 'INTERNAL',
      message: 'the console could not answer',
      next_step: 'try again; if it lasts, the log of the console says more',
      field: null,
      value: null,
    },
  },
  fault: true,
}

function inputAnswer({ field, value, message }: InputError): RefusalAnswer {
  const error = { code: 'FIELD_INVALID', message, next_step: 'correct the field and try again', field, value }
  return { status: 400, body: { error } }
}

function peerAnswer({ peer, cause }: PeerError): RefusalAnswer {
  const refusal = refusalOf(cause)
  if (!isServiceError(cause)) return failure
  if (refusal) return refusedBy(refusal, httpStatusOf(cause.code))
  const httpStatus = httpStatusOf(cause.code)
  if (httpStatus !== 503) return { ...failure, status: httpStatus === 500 ? 502 : httpStatus }
  const nextStep = 'try again in a moment; if it lasts, see whether the service runs'
  return {
    status: 503,
    body: {
      error: {
        code: 'PEER_UNAVAILABLE',
        message: `${peer} does not answer`,
        next_step: nextStep,
        field: null,
        value: null,
      },
    },
  }
}

function refusedBy(refusal: Refusal, httpStatus: number): RefusalAnswer {
  const { reason, message, nextStep, field, value, retryAfter } = refusal
  const body = {
    error: {
      code: reason,
      message,
      next_step: nextStep,
      field: field === '' ? null : field,
      value: value === '' ? null : value,
    },
  }
  return { status: httpStatus, body, ...(retryAfter && { retryAfterSeconds: Math.max(1, Number(retryAfter.seconds)) }) }
}

/** What fastify itself refuses: a body that is no JSON, too long, or of another type. */
function httpAnswer(error: unknown): RefusalAnswer | undefined {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return undefined
  if (error.statusCode < 400 || error.statusCode >= 500) return undefined
  const { message } = error
  const body = {
    error: { code: 'REQUEST_INVALID', message, next_step: 'correct the request', field: null, value: null },
  }
  return { status: error.statusCode, body }
}
