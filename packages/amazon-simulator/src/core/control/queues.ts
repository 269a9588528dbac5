import { countMessages } from '../queue/queues.ts'
import type { World } from '../world.ts'

/** A queue and what is in it. */
export interface QueueView {
  queue: string
  visible: number
  inFlight: number
  delayed: number
}

/** Every queue that was ever named. */
export function listQueues(world: World, now: number): QueueView[] {
  return [...world.queues.all()].map(({ id }) => ({ queue: id, ...countMessages(world, id, now) }))
}
