import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { eventually } from '@lockstep/testkit/eventually'
import { addAccount, changeSettings, link, list, run, turnOnUpdates } from './stage/accounts.ts'
import { journalEnd, liveOf, writesOf } from './stage/amazon.ts'
import { expectRefusal } from './stage/answers.ts'
import { openStage, type Stage } from './stage/open-stage.ts'

const sellerId = 'A1SENDING01'
const account = 'SENDING'
const skus = { first: 'CHAIR', second: 'TABLE', third: 'STOOL' } as const

let stage: Stage

beforeAll(async () => {
  stage = await openStage()
  for (const sku of Object.values(skus)) {
    await run(stage, 'items', 'add', sku)
    await run(stage, 'stock', 'set', sku, '10')
    await list(stage, { sellerId, sku, quantity: 4 })
  }
  await addAccount(stage, { sellerId, name: account })
  for (const sku of Object.values(skus)) await link(stage, account, { sku })
})

afterAll(async () => {
  await stage[Symbol.asyncDispose]()
})

test('nothing is sent before the dry run is confirmed; without a confirmation, or with one whose outcome has changed, it stays off', async () => {
  await run(stage, 'stock', 'set', skus.third, '0')
  await eventually(async () =>
    expect(await dryRun()).toMatchObject({
      changes: 3,
      zeros: 1,
      unchanged: 0,
      gated: 0,
      lines: [
        { channel_sku: skus.third, from: 4, to: 0 },
        { channel_sku: skus.first, from: 4, to: 10 },
        { channel_sku: skus.second, from: 4, to: 10 },
      ],
      conflicts: [],
    }),
  )
  const switchOn = ['accounts', 'settings', account, '--update-inventory', 'on'] as const

  expectRefusal(await stage.lockstep(...switchOn), { code: 'CONFIRMATION_NEEDED' })
  const { confirmation } = await dryRun()
  await run(stage, 'stock', 'set', skus.first, '9')
  await eventually(async () => expect((await dryRun()).confirmation).not.toBe(confirmation))
  expectRefusal(await stage.lockstep(...switchOn, '--confirm', confirmation), {
    code: 'CONFIRMATION_STALE',
    value: confirmation,
  })
  expectRefusal(await stage.lockstep(...switchOn, '--confirm', 'dry-nothing'), {
    code: 'CONFIRMATION_STALE',
    value: 'dry-nothing',
  })
  expect(await stage.lockstep('why', account, skus.first)).toMatchObject({
    json: {
      state: 'gated',
      gates: expect.arrayContaining([expect.objectContaining({ gate: 'update_inventory', open: false })]),
    },
  })
  expect(await allWrites()).toEqual([])

  await turnOnUpdates(stage, account)

  await eventually(async () => expect(await levels()).toEqual([9, 10, 0]))
  expect(await allWrites()).toMatchObject([{ sku: skus.third }, {}, {}])
})

test('Max Listed, Stock Percentage and End When reach Amazon as they compute, alone and together', async () => {
  const settings: [string[], number][] = [
    [['--max-listed', '7'], 7],
    [['--stock-percentage', '33'], 3],
    [['--max-listed', '2'], 2],
    [['--end-when', '10'], 0],
    [['--end-when', 'none', '--max-listed', 'none'], 3],
    [['--stock-percentage', 'none'], 10],
    [['--max-listed', '0'], 0],
    [['--max-listed', 'none'], 10],
  ]
  for (const [options, expected] of settings) {
    await changeSettings(stage, account, options)
    await eventually(async () => expect(await liveOf(stage, { sellerId, sku: skus.second })).toBe(expected))
  }

  expect((await writesOf(stage, { sellerId, sku: skus.second })).map(({ quantity }) => quantity)).toEqual([
    10,
    ...settings.map(([, expected]) => expected),
  ])
  expect(await stage.lockstep('why', account, skus.second)).toMatchObject({
    json: {
      steps: [
        { step: 'sum_available', before: 10, after: 10 },
        { step: 'less_unseen', before: 10, after: 10 },
        { step: 'end_when', before: 10, after: 10 },
        { step: 'stock_percentage', before: 10, after: 10 },
        { step: 'max_listed', before: 10, after: 10 },
        { step: 'group_policy', before: 10, after: 10 },
      ],
      inputs: { settings: { max_listed: { value: null, from: 'default' } } },
    },
  })
})

test('a pause holds everything but zeros, a hard pause zeros too, and resume sends what is still wanted', async () => {
  await eventually(async () => expect(await levels()).toEqual([9, 10, 0]))
  const before = await journalEnd(stage)
  await run(stage, 'sync', 'pause', account)
  await run(stage, 'stock', 'set', skus.first, '5')
  await run(stage, 'stock', 'set', skus.second, '0')
  await eventually(async () => expect(await levels()).toEqual([9, 0, 0]))
  expect(await stage.lockstep('why', account, skus.first)).toMatchObject({
    json: { gates: expect.arrayContaining([expect.objectContaining({ gate: 'not_paused', open: false })]) },
  })

  await run(stage, 'sync', 'pause', '--all', '--hard')
  await run(stage, 'stock', 'set', skus.first, '0')
  await eventually(async () =>
    expect(await stage.lockstep('stock', 'show', skus.first)).toMatchObject({
      json: { totals: { available: 0 }, listings: [{ state: 'gated' }] },
    }),
  )
  expect(await run(stage, 'sync', 'status', account)).toMatchObject({ paused: { hard: true } })
  expect(await writtenSince(before)).toEqual([[skus.second, 0]])

  await run(stage, 'stock', 'set', skus.second, '6')
  await run(stage, 'sync', 'resume', account)

  await eventually(async () => expect(await levels()).toEqual([0, 6, 0]))
  expect(new Set((await writtenSince(before)).slice(1).map(String))).toEqual(
    new Set([`${skus.first},0`, `${skus.second},6`]),
  )
  expect(await run(stage, 'sync', 'status', account)).toMatchObject({ paused: null })
})

async function dryRun(): Promise<{ confirmation: string }> {
  return (await run(stage, 'sync', 'dry-run', account)) as { confirmation: string }
}

function levels(): Promise<number[]> {
  return Promise.all(Object.values(skus).map((sku) => liveOf(stage, { sellerId, sku })))
}

async function allWrites(since = 0): Promise<{ sku: string | null }[]> {
  return (await stage.sim.journal({ operation: 'patchListingsItem', sellerId, since })).entries
}

async function writtenSince(since: number): Promise<[string, number | undefined][]> {
  const written = await Promise.all(
    Object.values(skus).map(async (sku) => {
      const writes = await writesOf(stage, { sellerId, sku }, since)
      return writes.map(({ seq, quantity }) => ({ seq, sku, quantity }))
    }),
  )
  return written
    .flat()
    .toSorted((one, other) => one.seq - other.seq)
    .map(({ sku, quantity }) => [sku, quantity])
}
