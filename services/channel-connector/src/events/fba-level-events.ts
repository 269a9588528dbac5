import { FbaLevelChanged } from '@lockstep/contracts/generated/lockstep/channel/v1/channel_events.ts'
import type { Ids } from '@lockstep/contracts/ids'
import { subjects } from '@lockstep/contracts/subjects'
import { enqueueAll } from '@lockstep/postgres/outbox'
import type { Transaction } from 'kysely'
import type { ChannelDb } from '../store/database.ts'
import type { FbaFigure } from '../store/fba-stock.ts'

/** Announces what Amazon can fulfil of items, with the transaction that notes it as told. */
export async function announceFbaLevels(
  tx: Transaction<ChannelDb>,
  ids: Ids,
  { accountId, figures }: { accountId: string; figures: readonly FbaFigure[] },
): Promise<void> {
  await enqueueAll(
    tx,
    figures.map(({ itemId, fulfillable, toldAt }) => ({
      id: ids.next('evt'),
      subject: subjects.fbaLevel.changed(accountId, itemId),
      payload: FbaLevelChanged.toJSON({ accountId, itemId, fulfillable: BigInt(fulfillable), figureAt: toldAt }),
    })),
  )
}
