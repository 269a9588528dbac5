import type { FastifyReply } from 'fastify'

import type { HintHub } from '../live/hint-hub.ts'
import type { Asker } from '../peers/ask.ts'
import type { Peers } from '../peers/peers.ts'
import type { ItemStockReader } from '../queries/item-stock.ts'
import type { Surroundings } from '../wire/surroundings.ts'

/** What the routes work with. */
export interface ApiDeps {
  readonly peers: Peers
  readonly itemStock: ItemStockReader
  readonly hub: HintHub
  readonly surroundings: Surroundings
  /** On whose behalf an answer is put together: it is given up when nobody waits for it any more. */
  asker(this: void, reply: FastifyReply): Asker
}
