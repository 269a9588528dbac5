import type { FastifyInstance } from 'fastify'

import { addAccountRoutes } from './accounts.ts'
import type { ApiDeps } from './deps.ts'
import { addDiagnosisRoutes } from './diagnosis.ts'
import { addEventRoutes } from './events.ts'
import { addListingRoutes } from './listings.ts'
import { addOrderRoutes } from './orders.ts'
import { addProcessRoutes } from './process-order.ts'

/** Everything under /api. */
export function addApiRoutes(app: FastifyInstance, deps: ApiDeps): void {
  app.get('/api/surroundings', () => deps.surroundings)
  addAccountRoutes(app, deps)
  addDiagnosisRoutes(app, deps)
  addListingRoutes(app, deps)
  addOrderRoutes(app, deps)
  addProcessRoutes(app, deps)
  addEventRoutes(app, deps)
}
