import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import { expect, test } from '@jest/globals'
import { eventually } from '@lockstep/testkit/eventually'
import { sql } from 'kysely'

import { pushStage, type PushStage } from '../../test/push-stage.ts'
import type { Account } from '../store/accounts.ts'

const entry = join(import.meta.dirname, '../../test/push-process.ts')

/** One push in a process of its own, ended with the test. */
function startReplica(
  stage: PushStage,
  ending: AsyncDisposableStack,
  clock: { offsetMs: number; jumpToMs?: number } = { offsetMs: 0 },
): ChildProcess {
  const argument = { ...stage.elsewhere, failpoint: '', clock }
  const child = spawn(process.execPath, [entry, JSON.stringify(argument)], { stdio: 'ignore' })
  ending.defer(async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  })
  return child
}

async function givenOneListing(stage: PushStage, sku: string): Promise<Account> {
  const { UK: uk } = await stage.givenSeller({ UK: ['loc_1'] })
  if (!uk) throw new Error('no account')
  await stage.givenListings([{ account: uk, sku, live: 1 }])
  return uk
}

async function historyOf(stage: PushStage): Promise<{ stage: string; version: number; quantity: number }[]> {
  const { rows } = await sql<{ stage: string; version: number; quantity: number }>`
    select stage, version, quantity from chain_entry where stage in ('submitted', 'accepted', 'unknown') order by id`.execute(
    stage.db,
  )
  return rows
}

test('[R20] a replica that was stopped past its lease finds its write taken over: its answer is refused and it works on', async () => {
  await using stage = await pushStage()
  await using ending = new AsyncDisposableStack()
  await stage.sim.changeSettings({ propagationMs: 100 })
  const uk = await givenOneListing(stage, 'ST-1')
  await stage.sim.addFault({
    match: { operation: 'patchListingsItem', sellerId: uk.sellerId },
    action: 'delay',
    delayMs: 3_000,
    count: 1,
  })
  const old = startReplica(stage, ending)
  await stage.announce('itm_ST-1', 5)
  await eventually(async () => expect(await stage.writes(uk, 'ST-1')).toHaveLength(1), { withinMs: 30_000 })

  old.kill('SIGSTOP')
  startReplica(stage, ending)
  await stage.announce('itm_ST-1', 4)
  await eventually(async () => expect((await stage.why(uk, 'ST-1')).chain.accepted).toMatchObject({ quantity: 4 }), {
    withinMs: 45_000,
  })
  old.kill('SIGCONT')
  await stage.announce('itm_ST-1', 3)

  await eventually(async () => expect((await stage.sim.listing(uk.sellerId, 'ST-1')).live.quantity).toBe(3), {
    withinMs: 30_000,
  })
  const history = await historyOf(stage)
  const first = history[0]?.version
  expect(history.filter(({ version }) => version === first).map(({ stage: word }) => word)).toEqual([
    'submitted',
    'unknown',
  ])
  const accepted = history.filter(({ stage: word }) => word === 'accepted').map(({ version }) => version)
  expect(accepted).toEqual([...new Set(accepted)].toSorted((a, b) => a - b))
}, 150_000)

test('[R38] replicas whose clocks are ten minutes fast and slow, and jump, keep leases, order and limits', async () => {
  await using stage = await pushStage()
  await using ending = new AsyncDisposableStack()
  await stage.sim.changeSettings({ propagationMs: 100 })
  const { UK: uk } = await stage.givenSeller({ UK: ['loc_1'] })
  if (!uk) throw new Error('no account')
  const skus = ['CL-1', 'CL-2', 'CL-3', 'CL-4', 'CL-5', 'CL-6']
  await stage.givenListings(skus.map((sku) => ({ account: uk, sku, live: 1 })))
  const match = { operation: 'patchListingsItem', sellerId: uk.sellerId }
  await stage.sim.addFault({ match, action: 'timeout-after', count: 1 })
  startReplica(stage, ending, { offsetMs: 600_000, jumpToMs: -600_000 })
  startReplica(stage, ending, { offsetMs: -600_000, jumpToMs: 600_000 })

  for (let round = 0; round < 10; round += 1) {
    for (const [place, sku] of skus.entries()) await stage.announce(`itm_${sku}`, 10 + round + place)
    await eventually(async () => expect((await stage.writes(uk)).length).toBeGreaterThanOrEqual(round + 1), {
      withinMs: 30_000,
    })
  }

  await eventually(
    async () => {
      for (const [place, sku] of skus.entries()) {
        expect((await stage.sim.listing(uk.sellerId, sku)).live.quantity).toBe(19 + place)
        expect((await stage.why(uk, sku)).state).toBe('in_step')
      }
    },
    { withinMs: 150_000 },
  )
  expect((await stage.writes(uk)).filter(({ status }) => status === 429)).toEqual([])
  for (const sku of skus) {
    const sent = (await stage.writes(uk, sku)).length
    expect(sent).toBeLessThanOrEqual(12)
  }
}, 240_000)
