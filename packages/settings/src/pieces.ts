import { z } from 'zod'
import { Secret } from './secret.ts'

/** What a piece says of its own value: the parsed setting, or what is wrong with it and what to set instead. */
type Reading<T> = { value: T } | { problem: string }

function piece<T>(
  example: string,
  read: (text: string) => Reading<T>,
): z.ZodPipe<z.ZodString, z.ZodTransform<T, string>> {
  return z.string({ error: () => `is missing: set ${example}` }).transform((text, context) => {
    const reading = read(text.trim())
    if ('value' in reading) return reading.value
    context.addIssue({ code: 'custom', message: reading.problem })
    return z.NEVER
  })
}

/** A TCP port, 0–65535. 0 asks the system for a free one. */
export function port(): z.ZodPipe<z.ZodString, z.ZodTransform<number, string>> {
  const wanted = 'a port between 0 and 65535, such as 7101 (0 takes any free one)'
  return piece(wanted, (text) => wholeNumber(text, { max: 65_535, wanted }))
}

/** A length of time in whole milliseconds, 0 up to 365 days. */
export function durationMs(): z.ZodPipe<z.ZodString, z.ZodTransform<number, string>> {
  const wanted = 'whole milliseconds, such as 5000'
  return piece(wanted, (text) => wholeNumber(text, { max: 365 * 86_400_000, wanted }))
}

/** A Postgres address such as `postgres://role@127.0.0.1:5432/database`. Problems never repeat its password. */
export function postgresUrl(): z.ZodPipe<z.ZodString, z.ZodTransform<string, string>> {
  return url(['postgres:', 'postgresql:'], 'a database address such as postgres://role@127.0.0.1:5432/database')
}

/** One or several NATS addresses separated by commas, such as `nats://user:password@127.0.0.1:4222`. Problems never repeat the password. */
export function natsUrl(): z.ZodPipe<z.ZodString, z.ZodTransform<string, string>> {
  return url(['nats:', 'tls:'], 'a broker address such as nats://127.0.0.1:4222')
}

/** The `host:port` of a peer's gRPC server; `dns:///name:port` is let through for balanced names. */
export function address(): z.ZodPipe<z.ZodString, z.ZodTransform<string, string>> {
  const wanted = 'host:port, such as 127.0.0.1:7101'
  return piece(wanted, (text) =>
    /^(dns:\/\/\/)?(\[[0-9a-f:]+\]|[a-z0-9._-]+):\d{1,5}$/i.test(text)
      ? { value: text }
      : { problem: `"${text}" is not an address: set ${wanted}` },
  )
}

/** `true` or `false`, written as such, or as 1 and 0. */
export function flag(): z.ZodPipe<z.ZodString, z.ZodTransform<boolean, string>> {
  return piece('true or false', (text) => {
    if (/^(true|1)$/i.test(text)) return { value: true }
    if (/^(false|0)$/i.test(text)) return { value: false }
    return { problem: `"${text}" is neither yes nor no: set true or false` }
  })
}

/** A secret of at least one character. Problems never repeat it. */
export function secret(): z.ZodPipe<z.ZodString, z.ZodTransform<Secret, string>> {
  return piece('the secret', (text) => ({ value: new Secret(text) }))
}

function wholeNumber(text: string, limits: { max: number; wanted: string }): Reading<number> {
  if (!/^-?\d+$/.test(text)) return { problem: `"${text}" is not a number: set ${limits.wanted}` }
  const value = Number(text)
  if (value < 0 || value > limits.max) return { problem: `"${text}" is out of range: set ${limits.wanted}` }
  return { value }
}

function url(protocols: string[], wanted: string): z.ZodPipe<z.ZodString, z.ZodTransform<string, string>> {
  return piece(wanted, (text) => {
    const broken = text.split(',').find((part) => !isUrl(part.trim(), protocols))
    return broken === undefined
      ? { value: text }
      : { problem: `"${withoutPassword(broken.trim())}" is not an address: set ${wanted}` }
  })
}

function isUrl(text: string, protocols: string[]): boolean {
  const parsed = URL.parse(text)
  return parsed !== null && protocols.includes(parsed.protocol) && parsed.hostname !== ''
}

/** Whatever stands before an @ may be a password, also in a text that is no address at all. */
function withoutPassword(text: string): string {
  return text.replace(/^([a-z+]+:\/\/)?.*@/i, '$1[redacted]@')
}
