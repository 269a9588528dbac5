/** One entry of Amazon's error list. */
export interface AmazonError {
  code: string
  message: string
  details: string
}

/** Amazon's answer is no. Thrown by the rules, turned into an error body once, in the gateway. */
export class AmazonRefusalError extends Error {
  override name = 'AmazonRefusalError'
  readonly status: number
  readonly error: AmazonError

  constructor(status: number, error: { code: string; message: string; details?: string }) {
    super(error.message)
    this.status = status
    this.error = { details: '', ...error }
  }
}

/** 400 as the orders, reports and sellers operations word it. */
export function invalidInput(message: string): AmazonRefusalError {
  return new AmazonRefusalError(400, { code: 'InvalidInput', message })
}

/** 400 as the listings operations word it. */
export function badRequest(message: string): AmazonRefusalError {
  return new AmazonRefusalError(400, { code: 'BAD_REQUEST', message, details: message })
}

/** 404 for a SKU, an order or a report. */
export function notFound(message: string): AmazonRefusalError {
  return new AmazonRefusalError(404, { code: 'NOT_FOUND', message })
}

/** 403: a missing role, a foreign marketplace, a SKU that was not encoded; `details` tells a bad token apart. */
export function accessDenied(details = ''): AmazonRefusalError {
  return new AmazonRefusalError(403, {
    code: 'Unauthorized',
    message: 'Access to requested resource is denied.',
    details,
  })
}

export const tokenRevoked = 'The access token you provided is revoked, malformed or invalid.'
export const tokenExpired = 'The access token you provided has expired.'
export const tokenMissing = 'Access token is missing in the request header.'

/** 403 from the front door: no operation has this method and path. */
export function unknownPath(): AmazonRefusalError {
  return new AmazonRefusalError(403, { code: 'MissingAuthenticationToken', message: 'Missing Authentication Token' })
}

/** 403 for a report type outside the granted roles. */
export function typeForbidden(): AmazonRefusalError {
  return new AmazonRefusalError(403, { code: 'Unauthorized', message: 'Access to the resource is forbidden' })
}

/** The control API refuses a request. `field` names the offending field, the message its value and what to send instead. */
export class ControlRefusalError extends Error {
  override name = 'ControlRefusalError'
  readonly status: 400 | 404 | 409
  readonly code: string
  readonly field: string | undefined

  constructor(status: 400 | 404 | 409, refusal: { code: string; message: string; field?: string }) {
    super(refusal.message)
    this.status = status
    this.code = refusal.code
    this.field = refusal.field
  }
}
