import { isJsonObject, quoted, type JsonObject } from '../json.ts'
import type { MessageAttribute } from './records.ts'

/** SQS says no. */
export class SqsRefusalError extends Error {
  override name = 'SqsRefusalError'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }

  /** As the JSON protocol names it. */
  get type(): string {
    return `com.amazonaws.sqs#${this.code}`
  }
}

/** A text that must be there. */
export function textOf(input: JsonObject, name: string): string {
  const value = input[name]
  if (typeof value === 'string' && value !== '') return value
  throw new SqsRefusalError('MissingParameter', `The request must contain the parameter ${name}.`)
}

/** A whole number within bounds, or the default when it is absent. */
export function wholeOf(
  input: JsonObject,
  name: string,
  rule: { min: number; max: number; otherwise: number },
): number {
  const value = input[name]
  if (value === undefined || value === null) return rule.otherwise
  if (typeof value === 'number' && Number.isInteger(value) && value >= rule.min && value <= rule.max) return value
  const message = `Value ${quoted(value)} for parameter ${name} is invalid. Reason: must be from ${rule.min} to ${rule.max}.`
  throw new SqsRefusalError('InvalidParameterValue', message)
}

/** The attributes a sender puts beside the body: strings, numbers and bytes in base64. */
export function readAttributes(value: unknown): Record<string, MessageAttribute> {
  const attributes: Record<string, MessageAttribute> = {}
  for (const [name, attribute] of Object.entries(isJsonObject(value) ? value : {})) {
    const { DataType, StringValue, BinaryValue } = isJsonObject(attribute) ? attribute : {}
    if (typeof DataType !== 'string')
      throw new SqsRefusalError('InvalidParameterValue', `The attribute ${name} has no DataType.`)
    attributes[name] = {
      DataType,
      ...(typeof StringValue === 'string' ? { StringValue } : {}),
      ...(typeof BinaryValue === 'string' ? { BinaryValue } : {}),
    }
  }
  return attributes
}
