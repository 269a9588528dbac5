import { ControlRefusalError } from '../refusals.ts'
import { isJsonObject, type JsonObject } from '../json.ts'
import { parseIso } from '../times.ts'

/** Reads a JSON object of the control API field by field. Every refusal names the field, its value and what is wanted. */
export class Input {
  private readonly fields: JsonObject
  private readonly prefix: string

  /** Refuses anything but an object and any field that is not among `known`. */
  constructor(body: unknown, known: readonly string[], prefix = '') {
    this.prefix = prefix
    if (!isJsonObject(body)) {
      throw invalid(prefix || 'body', `must be a JSON object with ${known.join(', ')}`)
    }
    this.fields = body
    const unknown = Object.keys(this.fields).find((name) => !known.includes(name))
    if (unknown !== undefined) throw invalid(this.name(unknown), `is not known here: use ${known.join(', ')}`)
  }

  has(name: string): boolean {
    return this.fields[name] !== undefined
  }

  /** The raw value, for what needs its own reading. */
  raw(name: string): unknown {
    return this.fields[name]
  }

  text(name: string): string {
    const value = this.optionalText(name)
    if (value === undefined) throw this.wrong(name, 'must be a text that is not empty')
    return value
  }

  optionalText(name: string): string | undefined {
    const value = this.fields[name]
    if (value === undefined) return undefined
    if (typeof value !== 'string' || value === '' || !value.isWellFormed())
      throw this.wrong(name, 'must be a text that is not empty')
    return value
  }

  optionalChoice<Value extends string>(name: string, values: readonly Value[]): Value | undefined {
    const value = this.fields[name]
    if (value === undefined) return undefined
    const known = values.find((candidate) => candidate === value)
    if (known === undefined) throw this.wrong(name, `must be one of ${values.join(', ')}`)
    return known
  }

  whole(name: string, min: number): number {
    const value = this.optionalWhole(name, min)
    if (value === undefined) throw this.wrong(name, `must be a whole number of at least ${min}`)
    return value
  }

  optionalWhole(name: string, min: number): number | undefined {
    const value = this.fields[name]
    if (value === undefined) return undefined
    if (typeof value !== 'number' || !Number.isInteger(value) || value < min) {
      throw this.wrong(name, `must be a whole number of at least ${min}`)
    }
    return value
  }

  flag(name: string, otherwise: boolean): boolean {
    const value = this.fields[name] ?? otherwise
    if (typeof value !== 'boolean') throw this.wrong(name, 'must be true or false')
    return value
  }

  optionalTime(name: string): number | undefined {
    const value = this.optionalText(name)
    if (value === undefined) return undefined
    const at = parseIso(value)
    if (at === undefined) throw this.wrong(name, 'must be an ISO 8601 date-time')
    return at
  }

  optionalTexts(name: string): string[] | undefined {
    const value = this.fields[name]
    if (value === undefined) return undefined
    if (!Array.isArray(value) || !value.every((entry): entry is string => typeof entry === 'string' && entry !== '')) {
      throw this.wrong(name, 'must be a list of texts')
    }
    return value
  }

  optionalObjects(name: string, known: readonly string[]): Input[] | undefined {
    const value = this.fields[name]
    if (value === undefined) return undefined
    if (!Array.isArray(value) || value.length === 0) throw this.wrong(name, 'must be a list with at least one entry')
    return value.map((entry: unknown, i) => new Input(entry, known, `${this.name(name)}[${i}]`))
  }

  /** A refusal of this field that shows its value. */
  wrong(name: string, rule: string): ControlRefusalError {
    return invalid(this.name(name), `${rule}, not ${JSON.stringify(this.fields[name]) ?? 'absent'}`)
  }

  private name(name: string): string {
    return this.prefix ? `${this.prefix}.${name}` : name
  }
}

function invalid(field: string, rule: string): ControlRefusalError {
  return new ControlRefusalError(400, { code: 'INVALID', field, message: `${field} ${rule}` })
}
