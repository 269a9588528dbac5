import { runMain } from '@lockstep/telemetry/run-main'

import { loadConfig } from './config.ts'
import { startService } from './service.ts'

await runMain('console', async (stack) => {
  stack.use(await startService(loadConfig(process.env)))
})
