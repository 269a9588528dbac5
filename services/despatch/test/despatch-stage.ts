import type { Ids } from '@lockstep/contracts/ids'
import { openDatabase } from '@lockstep/postgres/database'
import { createSuiteDatabase } from '@lockstep/testkit/suite-database'
import { testClock, testIds } from '@lockstep/testkit/test-clock'
import type { Kysely } from 'kysely'

import type { ProcessOrder, ProcessOrderDeps } from '../src/commands/process-order.ts'
import type { TellAmazonDeps } from '../src/commands/tell-amazon.ts'
import type { Despatch } from '../src/domain/despatch.ts'
import { migrations } from '../src/migrations/all.ts'
import type { AccountRead, ConfirmOutcome, OrderRead } from '../src/peers/peers.ts'
import type { DespatchDb } from '../src/store/database.ts'

/** Amazon as far as despatches see it: it takes parcels by their reference and shows what it took. */
export class ParcelDesk {
  readonly taken = new Map<string, Despatch>()
  calls = 0
  status = 'UNSHIPPED'
  buyerAsksToCancel = false
  /** What the next calls answer; when empty, parcels are taken. `take` says whether the parcel is taken all the same. */
  readonly answers: { outcome: ConfirmOutcome; take: boolean }[] = []

  confirmShipment(despatch: Despatch): Promise<ConfirmOutcome> {
    this.calls += 1
    const next = this.answers.shift()
    if (next?.take !== false) this.taken.set(String(despatch.parcel), despatch)
    return Promise.resolve(next?.outcome ?? { kind: 'accepted' })
  }

  /** Units shipped, by Amazon's order item id. */
  fulfilled(): Map<string, number> {
    const units = new Map<string, number>()
    for (const line of [...this.taken.values()].flatMap(({ lines }) => lines)) {
      units.set(line.channelLineId, (units.get(line.channelLineId) ?? 0) + line.quantity)
    }
    return units
  }
}

/** A database of its own, a clock that stands still, an Amazon that remembers, and one order with one line of 3 units. */
export async function openStage() {
  const stack = new AsyncDisposableStack()
  const database = stack.use(await createSuiteDatabase({ migrations, name: 'despatch' }))
  const db = stack.adopt(openDatabase<DespatchDb>({ url: database.url, applicationName: 'test' }), (open) =>
    open.destroy(),
  )
  const clock = testClock(new Date('2026-11-21T10:00:00Z'))
  const ids: Ids = testIds()
  const desk = new ParcelDesk()
  const account: { now: AccountRead | undefined } = { now: { enabled: true, despatchNotes: true } }
  const order: { now: OrderRead } = { now: anOrder({ snapshotAt: clock.now() }) }
  const readAccount = (): Promise<AccountRead | undefined> => Promise.resolve(account.now)
  const processDeps: ProcessOrderDeps = {
    db,
    clock,
    ids,
    readAccount,
    readOrder: () => Promise.resolve({ kind: 'read', order: order.now }),
  }
  const tellDeps: TellAmazonDeps = {
    db,
    clock,
    ids,
    chance: () => 0.5,
    confirmAfterMs: 15 * 60_000,
    snapshotMaxAgeMs: 2 * 60_000,
    announced: () => undefined,
    readAccount,
    confirmShipment: (despatch) => desk.confirmShipment(despatch),
    readOrderOnAmazon: () =>
      Promise.resolve({
        kind: 'read',
        order: {
          status: desk.status,
          buyerCancelRequested: desk.buyerAsksToCancel,
          fulfilled: desk.fulfilled(),
          packageReferences: [...desk.taken.keys()],
        },
      }),
  }
  return { db, clock, desk, account, order, processDeps, tellDeps, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

/** An open order of one line. */
export const anOrder = (more: Partial<OrderRead> = {}): OrderRead => ({
  orderId: 'ord_1',
  channelOrderId: '202-1234567-1234567',
  accountId: 'acc_1',
  connectionId: 'con_1',
  marketplaceId: 'A1F83G8C2ARO7P',
  snapshotAt: new Date('2026-11-21T10:00:00Z'),
  refusal: undefined,
  lines: [
    {
      orderLineId: 'oln_1',
      channelLineId: '111',
      itemId: 'itm_1',
      locationId: 'loc_1',
      ordered: 3,
      cancelled: 0,
      fulfilledOnAmazon: 0,
    },
  ],
  ...more,
})

/** A command that processes everything open. */
export const aCommand = (more: Partial<ProcessOrder> = {}): ProcessOrder => ({
  idempotencyKey: 'key-1',
  request: Buffer.from('request-1'),
  actor: 'warehouse',
  order: 'ord_1',
  parcel: { carrier: 'Royal Mail', carrierName: '', service: 'Tracked 24', tracking: 'AB123' },
  lines: [],
  ...more,
})

/** What was announced so far: verb and audit words, in order. */
export async function announced(db: Kysely<DespatchDb>): Promise<string[]> {
  const rows = await db.selectFrom('outbox').select(['subject', 'payload']).orderBy('seq').execute()
  return rows.map(({ subject, payload }) => `${subject.split('.')[4] ?? ''}: ${auditText(payload)}`)
}

function auditText(payload: unknown): string {
  if (typeof payload !== 'object' || payload === null || !('audit' in payload)) return '–'
  const { audit } = payload
  return typeof audit === 'object' && audit !== null && 'text' in audit ? String(audit.text) : '–'
}
