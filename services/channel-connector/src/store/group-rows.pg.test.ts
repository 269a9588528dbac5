import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { systemIds } from '@lockstep/contracts/ids'
import { sql } from 'kysely'

import {
  anItemChange,
  givenAccounts,
  givenListings,
  groupId,
  pipelineDatabase,
  seller,
} from '../../test/pipeline-fixtures.ts'
import { claimGroups } from '../commands/claim-groups.ts'
import { readGroups } from '../commands/read-groups.ts'
import { sendNumber } from '../commands/send-number.ts'
import { takeInAvailability } from '../commands/take-in-availability.ts'
import type { AmazonReply } from '../domain/amazon-reply.ts'
import { groupColumns } from '../domain/group-columns.ts'
import { stateFrom } from './state-text.ts'

let suite: Awaited<ReturnType<typeof pipelineDatabase>>
beforeAll(async () => {
  suite = await pipelineDatabase('group-rows')
  await givenAccounts(suite.db, [{ marketplace: 'UK' }])
})
afterAll(async () => {
  await suite[Symbol.asyncDispose]()
})

const live = new Map<string, number>()

/** Shows these levels, takes every number. */
async function callAmazon({ operation }: { operation: string }): Promise<AmazonReply> {
  const items = [...live].map(([sku, quantity]) => ({
    sku,
    productTypes: [{ marketplaceId: 'A1F83G8C2ARO7P', productType: 'CUP' }],
    fulfillmentAvailability: [{ fulfillmentChannelCode: 'DEFAULT', quantity }],
  }))
  const body =
    operation === 'patchListingsItem'
      ? { status: 'ACCEPTED', submissionId: 'sub_1' }
      : { numberOfResults: items.length, items }
  const reply = { status: 200, headers: {}, detail: '', nextStep: '', outcome: 'accepted' as const }
  return { ...reply, body: Buffer.from(JSON.stringify(body)), amazonTime: new Date() }
}

const deps = () => ({ db: suite.db, ids: systemIds, callAmazon, poke: () => undefined })
const context = {
  connectionId: seller.id,
  sellerId: seller.sellerId,
  token: 'token',
  skewMs: 0,
  signal: new AbortController().signal,
}

const claim = () =>
  claimGroups(deps(), { ...context, kind: 'writes', limit: { zeros: 0, others: 2 }, turn: 1, skewMs: 0 })

function change(sku: string, available: number, version: number) {
  return takeInAvailability(deps(), [anItemChange(sku, { available, version })])
}

interface StoredRow {
  groupId: string
  pacing: string | null
  columns: Record<string, unknown>
}

/** Every row with its columns, times as epoch milliseconds. */
async function storedRows(): Promise<StoredRow[]> {
  const { rows } = await sql<StoredRow>`
    select s.group_id as "groupId", s.pacing, (
             select jsonb_object_agg(c.key, case when jsonb_typeof(c.value) = 'string' and c.value #>> '{}' ~ '^\\d{4}-\\d\\d-\\d\\dT'
                      then to_jsonb((extract(epoch from (c.value #>> '{}')::timestamptz) * 1000)::bigint) else c.value end)
               from jsonb_each(to_jsonb(s) - 'pacing') as c) as columns
      from group_state s order by s.group_id`.execute(suite.db)
  return rows
}

async function expectColumnsAsState(): Promise<void> {
  // A group that nobody has computed yet has no state to be read off.
  const computed = (await storedRows()).filter(({ pacing }) => pacing !== null)
  for (const { pacing, columns } of computed) {
    const expected = groupColumns(stateFrom(pacing))
    const cause: unknown = expected.desired_cause === null ? null : JSON.parse(expected.desired_cause)
    expect(columns).toMatchObject({ ...expected, desired_cause: cause })
  }
}

async function rowOf(sku: string): Promise<Record<string, unknown>> {
  const rows = await storedRows()
  return rows.find((row) => row.groupId === groupId(sku))?.columns ?? {}
}

test('whichever columns a step changes, afterwards all of them say what the state says', async () => {
  await givenListings(suite.db, [{ sku: 'A' }, { sku: 'B' }, { sku: 'C' }])
  for (const sku of ['A', 'B', 'C']) live.set(sku, 3)
  for (const [place, sku] of ['A', 'B', 'C'].entries()) {
    await change(sku, 5 + place, 1)
    await expectColumnsAsState()
  }

  const claimed = await claim()
  expect(claimed.reads.map((read) => read.channelSku)).toEqual(['A', 'B'])
  await expectColumnsAsState()
  expect(await rowOf('A')).toMatchObject({ claimed_by: 'token', epoch: 1 })

  const { sends } = await readGroups(deps(), context, claimed.reads)
  expect(sends).toHaveLength(2)
  await expectColumnsAsState()
  expect(await rowOf('B')).toMatchObject({ live_quantity: 3, product_type: 'CUP', state: 'in_flight' })

  // One is on its way, one has never been read, and both change in one batch.
  await takeInAvailability(deps(), [
    anItemChange('B', { available: 9, version: 2 }),
    anItemChange('C', { available: 8, version: 2 }),
  ])
  await expectColumnsAsState()

  for (const order of sends) await sendNumber(deps(), context, order)
  await expectColumnsAsState()
  expect(await rowOf('A')).toMatchObject({ accepted_quantity: 5, submission_id: 'sub_1', claimed_by: null })
  expect(await rowOf('B')).toMatchObject({ accepted_quantity: 6, desired_quantity: 9, state: 'waiting' })
})

test('a number that waits in line is saved without what Amazon said of its SKU, which stays', async () => {
  await givenListings(suite.db, [{ sku: 'WAITS' }])
  await change('WAITS', 5, 1)
  await sql`update group_state set submission_id = 'by hand' where group_id = ${groupId('WAITS')}`.execute(suite.db)

  await change('WAITS', 6, 2)

  expect(await rowOf('WAITS')).toMatchObject({ desired_quantity: 6, desired_version: 2, submission_id: 'by hand' })
})
