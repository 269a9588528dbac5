/**
 * Prints the secrets that overlays/local refers to, with fresh passwords, for `kubectl apply -f -`. Its argument is a file with the three lines
 * AMAZON_LWA_CLIENT_ID=…, AMAZON_LWA_CLIENT_SECRET=… and AMAZON_APPLICATION_ID=… of the application, and with any of `optionalNames` below: the day
 * the secret was issued, the key to the queue of notifications. Run it once per cluster: Postgres keeps the passwords it was first started with, and
 * what was sealed needs its key.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { stringify } from 'yaml'

const databases = {
  inventory: 'inventory',
  'channel-connector': 'channel',
  'order-download': 'orders',
  report: 'report',
  despatch: 'despatch',
}
const amazonNames = ['AMAZON_LWA_CLIENT_ID', 'AMAZON_LWA_CLIENT_SECRET', 'AMAZON_APPLICATION_ID']
const optionalNames = [
  'AMAZON_LWA_SECRET_ISSUED_AT',
  'CHANNEL_CONNECTOR_NOTIFICATIONS_ACCESS_KEY_ID',
  'CHANNEL_CONNECTOR_NOTIFICATIONS_SECRET_ACCESS_KEY',
]

const [file] = process.argv.slice(2)
const amazon = file === undefined ? {} : parseEnv(readFileSync(file, 'utf8'))
const missing = amazonNames.filter((name) => !amazon[name])
if (missing.length === 0)
  process.stdout.write(
    secrets()
      .map((secret) => stringify(secret))
      .join('---\n'),
  )
else {
  process.stderr.write(
    `${missing.join(', ')}: missing: write NAME=value lines to a file and name it: local-secrets.ts amazon.env\n`,
  )
  process.exitCode = 2
}

function secrets(): object[] {
  const natsPassword = newPassword()
  const NATS_URL = `nats://lockstep:${natsPassword}@nats:4222`
  const passwords = Object.entries(databases).map(([service, database]) => ({
    service,
    database,
    password: newPassword(),
  }))
  const byDatabase = passwords.map(
    ({ database, password }) => [`${database.toUpperCase()}_PASSWORD`, password] as const,
  )
  return [
    secretOf('postgres-secrets', { POSTGRES_PASSWORD: newPassword(), ...Object.fromEntries<string>(byDatabase) }),
    secretOf('nats-secrets', { NATS_PASSWORD: natsPassword }),
    secretOf('channel-connector-sealing-keys', { keys: randomBytes(32).toString('base64') }),
    secretOf('console-secrets', { NATS_URL }),
    ...passwords.map(({ service, database, password }) =>
      secretOf(`${service}-secrets`, {
        [`${service.toUpperCase().replace('-', '_')}_DATABASE_URL`]: databaseUrl(database, password),
        NATS_URL,
        ...(service === 'channel-connector' && ofAmazon()),
      }),
    ),
  ]
}

function ofAmazon(): object {
  return Object.fromEntries(
    [...amazonNames, ...optionalNames].flatMap((name) => (amazon[name] ? [[name, amazon[name]]] : [])),
  )
}

function databaseUrl(database: string, password: string): string {
  return `postgres://lockstep_${database}:${password}@postgres:5432/lockstep_${database}`
}

function secretOf(name: string, stringData: object): object {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'lockstep' }, type: 'Opaque', stringData }
}

/** Begins with a letter: the broker's configuration would read 1e9 as a number. */
function newPassword(): string {
  return `p${randomBytes(24).toString('hex')}`
}
