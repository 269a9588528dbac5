import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'

const folder = join(import.meta.dirname, '..', 'schemas')
const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true, formats: { 'date-time': isTimeInUtc } })

/** What is wrong with an answer by the schema of this name: nothing when it is right. A field that no schema describes counts as wrong, too. */
export function problemsOf(schema: string, answer: unknown): string[] {
  const validate = ajv.getSchema(schema) ?? ajv.addSchema(closed(readSchema(schema)), schema).getSchema(schema)
  if (!validate) throw new Error(`there is no schema "${schema}"`)
  if (validate(answer)) return []
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message ?? ''} ${JSON.stringify(params)}`,
  )
}

function readSchema(name: string): unknown {
  return JSON.parse(readFileSync(join(folder, `${name}.schema.json`), 'utf8'))
}

/** The same schema, but with no room for fields it does not describe: for users it stays open, so that fields may be added. */
function closed(schema: unknown): object {
  const entries = Object.entries(schema ?? {}).map(([name, part]): [string, unknown] => [name, closedPart(part)])
  const isObject = entries.some(([name]) => name === 'properties')
  return { ...Object.fromEntries(entries), ...(isObject && { additionalProperties: false }) }
}

function closedPart(part: unknown): unknown {
  return typeof part === 'object' && part !== null && !Array.isArray(part) ? closed(part) : part
}

function isTimeInUtc(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text) && !Number.isNaN(Date.parse(text))
}
