import { Metadata, type ServiceError } from '@grpc/grpc-js'
import { type LineRefusal, Refusal } from '@lockstep/contracts/generated/lockstep/rpc/v1/refusal.ts'
import type { ReasonDefinition, RefusalStatus } from '@lockstep/contracts/reasons'

export type { LineRefusal, Refusal } from '@lockstep/contracts/generated/lockstep/rpc/v1/refusal.ts'

/** The trailer that carries a refusal beside the gRPC status. */
export const refusalTrailer = 'lockstep-refusal-bin'

/** One bad line of a batch. */
export interface RefusedLine {
  /** Place in the request, from 0. Travels beside the line's number, which counts from 1. */
  index: number
  /** What the line names: a SKU or an id. */
  item?: string | undefined
  reason: string
  message: string
  field?: string | undefined
  value?: string | undefined
}

/** What a refusal says beside its reason. */
export interface RefusalFacts {
  /** What is wrong, with the value: `only 2 available`. Never buyer data. */
  message: string
  /** The field that is wrong, as the request names it. */
  field?: string | undefined
  /** The value that was given. */
  value?: string | undefined
  /** The possible meanings of an ambiguous value. */
  candidates?: readonly string[] | undefined
  /** The bad lines of a batch; the first 100 travel. */
  lines?: readonly RefusedLine[] | undefined
  /** How long to wait before another try, when waiting helps. */
  retryAfterMs?: number | undefined
}

/** All of a refusal. */
export interface RefusalDetails extends RefusalFacts {
  status: RefusalStatus
  /** Stable code in UPPER_SNAKE, from the tables of @lockstep/contracts/reasons. */
  reason: string
  /** What the caller should do next. */
  nextStep: string
}

/** Thrown by a handler to say no in the caller's terms: becomes the gRPC status `status` with a Refusal beside it. Logged at info. */
export class RefusalError extends Error {
  override name = 'RefusalError'
  readonly status: RefusalStatus
  readonly reason: string
  readonly nextStep: string
  readonly field: string | undefined
  readonly value: string | undefined
  readonly candidates: readonly string[]
  readonly lines: readonly RefusedLine[]
  readonly retryAfterMs: number | undefined

  constructor(details: RefusalDetails) {
    super(details.message)
    this.status = details.status
    this.reason = details.reason
    this.nextStep = details.nextStep
    this.field = details.field
    this.value = details.value
    this.candidates = details.candidates ?? []
    this.lines = details.lines ?? []
    this.retryAfterMs = details.retryAfterMs
  }
}

/** A refusal whose status and next step come from a service's table of reasons: `throw refusal(inventoryReasons, 'ITEM_UNKNOWN', { message })`. */
export function refusal<Reasons extends Readonly<Record<string, ReasonDefinition>>>(
  reasons: Reasons,
  reason: Extract<keyof Reasons, string>,
  facts: RefusalFacts,
): RefusalError {
  const definition: ReasonDefinition | undefined = reasons[reason]
  if (!definition) throw new TypeError(`no reason ${reason} in the table`)
  return new RefusalError({ ...facts, ...definition, reason })
}

/** What a refused call tells, from the error that `call` rejected with or a RefusalError itself; undefined when the error is no refusal. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof RefusalError) return messageOf(error)
  const [trailer] = isServiceError(error) ? error.metadata.get(refusalTrailer) : []
  if (!(trailer instanceof Uint8Array)) return undefined
  try {
    return Refusal.decode(trailer)
  } catch {
    // A trailer of that name that is none of ours: the status still says that the call failed.
    return undefined
  }
}

/** The trailer that carries a refusal. */
export function trailerOf(error: RefusalError): Metadata {
  const metadata = new Metadata()
  metadata.set(refusalTrailer, Buffer.from(Refusal.encode(messageOf(error)).finish()))
  return metadata
}

/** True for an error that a gRPC call ended with, whatever its status. */
export function isServiceError(error: unknown): error is ServiceError {
  return (
    error instanceof Error &&
    'code' in error &&
    typeof error.code === 'number' &&
    'metadata' in error &&
    error.metadata instanceof Metadata
  )
}

function messageOf(error: RefusalError): Refusal {
  return {
    reason: error.reason,
    message: error.message,
    nextStep: error.nextStep,
    field: error.field ?? '',
    value: error.value ?? '',
    candidates: [...error.candidates],
    lines: error.lines.slice(0, 100).map(lineMessage),
    retryAfter: error.retryAfterMs === undefined ? undefined : durationOf(error.retryAfterMs),
  }
}

function lineMessage({ index, item, reason, message, field, value }: RefusedLine): LineRefusal {
  return { index, line: index + 1, item: item ?? '', reason, message, field: field ?? '', value: value ?? '' }
}

function durationOf(ms: number): NonNullable<Refusal['retryAfter']> {
  const whole = Math.max(0, Math.ceil(ms))
  return { seconds: BigInt(Math.floor(whole / 1_000)), nanos: (whole % 1_000) * 1_000_000 }
}
