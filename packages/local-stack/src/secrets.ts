import { randomBytes } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { serviceKinds, type ServiceName } from './service-kinds.ts'

const Secrets = z.object({
  postgres: z.string(),
  nats: z.string(),
  roles: z.record(z.string(), z.string()),
})

/** What a home's servers are locked with. Generated once, readable by the owner alone. */
export interface StackSecrets {
  /** The password of Postgres' superuser. */
  postgres: string
  nats: string
  /** The password of each service's database role. */
  rolePassword(service: ServiceName): string
  /** The file with the key that seals refresh tokens: 32 random bytes in base64. */
  connectorKeyFile: string
}

/** Reads the home's secrets, generating them on first use. */
export function openSecrets(home: string): StackSecrets {
  const folder = join(home, 'secrets')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const connectorKeyFile = join(folder, 'channel-connector.key')
  const file = join(folder, 'passwords.json')
  writeOnce(connectorKeyFile, `${randomBytes(32).toString('base64')}\n`)
  writeOnce(file, JSON.stringify(generated(), undefined, 2))
  const { postgres, nats, roles } = Secrets.parse(JSON.parse(readFileSync(file, 'utf8')))
  return {
    postgres,
    nats,
    connectorKeyFile,
    rolePassword: (service) => {
      const password = roles[service]
      if (!password)
        throw new Error(`${file} holds no password for ${service}: restore it, or delete ${home} to begin anew`)
      return password
    },
  }
}

function generated(): z.infer<typeof Secrets> {
  return {
    postgres: newPassword(),
    nats: newPassword(),
    roles: Object.fromEntries(serviceKinds.map(({ name }) => [name, newPassword()])),
  }
}

function newPassword(): string {
  return randomBytes(24).toString('base64url')
}

/** Linked into place whole, so that an interrupted write leaves no half-written secret and an existing one is never replaced. */
function writeOnce(file: string, content: string): void {
  if (existsSync(file)) return
  const draft = `${file}.${process.pid}.new`
  writeFileSync(draft, content, { mode: 0o600 })
  if (!existsSync(file)) linkSync(draft, file)
  rmSync(draft)
}
