import { requireJson, type Call, type CallResult } from './call.ts'
import { createSubscription, getSubscription, getSubscriptions } from './notifications/subscriptions.ts'
import type { World } from './world.ts'

/** The notification operations that act for a seller. */
export const notificationPerformers = {
  createSubscription: (world: World, call: Call): CallResult => {
    requireJson(call)
    const wanted = { name: call.params['notificationType'] ?? '', body: call.body, now: call.now }
    return { status: 200, body: createSubscription(world, call, wanted) }
  },
  getSubscription: (world: World, call: Call): CallResult => {
    const wanted = { name: call.params['notificationType'] ?? '', query: call.query }
    return { status: 200, body: getSubscription(world, call, wanted) }
  },
  getSubscriptions: (world: World, call: Call): CallResult => ({
    status: 200,
    body: getSubscriptions(world, call, call.query),
  }),
}
