import { configureFailpoint } from '@lockstep/postgres/failpoint'
import { runMain } from '@lockstep/telemetry/run-main'
import { loadConfig } from './config.ts'
import { startService } from './service.ts'

configureFailpoint(process.env['FAILPOINT'])
await runMain('channel-connector', async (stack) => {
  stack.use(await startService(loadConfig(process.env)))
})
