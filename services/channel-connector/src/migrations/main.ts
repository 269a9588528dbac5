/** Brings the database to the schema of this release and ends. It needs the database's address alone; a second one at the same time waits for the first. */
import { openDatabase } from '@lockstep/postgres/database'
import { migrate } from '@lockstep/postgres/migrate'
import { loadSettings, postgresUrl } from '@lockstep/settings/load'
import { runJob } from '@lockstep/telemetry/run-main'
import { z } from 'zod'
import { migrations } from './all-migrations.ts'

await runJob('channel-connector-migrations', async (stack) => {
  const { CHANNEL_CONNECTOR_DATABASE_URL: url } = loadSettings(
    z.object({ CHANNEL_CONNECTOR_DATABASE_URL: postgresUrl() }),
    process.env,
  )
  const db = stack.use(openDatabase({ url, applicationName: 'channel-connector-migrations', maxConnections: 1 }))
  await migrate(db, migrations)
})
