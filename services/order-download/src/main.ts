import { configureFailpoint } from '@lockstep/postgres/failpoint'
import { runMain } from '@lockstep/telemetry/run-main'
import { loadConfig } from './config.ts'
import { startService } from './service.ts'

await runMain('order-download', async (stack) => {
  configureFailpoint(process.env['FAILPOINT'])
  stack.use(await startService(loadConfig(process.env)))
})
