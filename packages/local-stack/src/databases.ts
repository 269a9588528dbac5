import pg from 'pg'
import type { StackSecrets } from './secrets.ts'
import { serviceKind, type ServiceName } from './service-kinds.ts'

export interface DatabaseRole {
  /** Name of the database and of the role that owns it. */
  name: string
  password: string
}

/**
 * Makes sure that each database exists, owned by a role of the same name that may connect to no other.
 * Safe to repeat: an existing role gets the given password, an existing database keeps its data.
 */
export async function ensureDatabases(adminUrl: string, roles: readonly DatabaseRole[]): Promise<void> {
  await asAdmin(adminUrl, async (admin) => {
    for (const { name, password } of roles) {
      const role = pg.escapeIdentifier(name)
      const exists = await hasRow(admin, 'select 1 from pg_roles where rolname = $1', name)
      await admin.query(
        `${exists ? 'alter' : 'create'} role ${role} login nosuperuser nocreatedb nocreaterole password ${pg.escapeLiteral(password)}`,
      )
      if (!(await hasRow(admin, 'select 1 from pg_database where datname = $1', name))) {
        await admin.query(`create database ${role} owner ${role} template template0 encoding 'UTF8' strategy wal_log`)
      }
      await admin.query(`revoke all on database ${role} from public`)
    }
    await admin.query('revoke connect on database postgres, template1 from public')
  })
}

/** The database of a service and the role that owns it. */
export function databaseRole(service: ServiceName, prefix: string, secrets: StackSecrets): DatabaseRole {
  return { name: `${prefix}${serviceKind(service).database}`, password: secrets.rolePassword(service) }
}

/** Drops these databases with everything connected to them, and their roles. */
export async function dropDatabases(adminUrl: string, names: readonly string[]): Promise<void> {
  await asAdmin(adminUrl, async (admin) => {
    for (const name of names) {
      await admin.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`)
      await admin.query(`drop role if exists ${pg.escapeIdentifier(name)}`)
    }
  })
}

/** The URL under which a role reaches its database on the server the admin's URL names. */
export function databaseUrl(adminUrl: string, { name, password }: DatabaseRole): string {
  const url = new URL(adminUrl)
  url.username = name
  url.password = password
  url.pathname = `/${name}`
  return url.href
}

async function hasRow(admin: pg.Client, query: string, value: string): Promise<boolean> {
  return (await admin.query(query, [value])).rowCount === 1
}

async function asAdmin(url: string, work: (admin: pg.Client) => Promise<void>): Promise<void> {
  const admin = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  await admin.connect()
  try {
    await work(admin)
  } finally {
    await admin.end()
  }
}
