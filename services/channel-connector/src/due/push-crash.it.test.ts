import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import { expect, test } from '@jest/globals'
import { systemIds } from '@lockstep/contracts/ids'
import { eventually } from '@lockstep/testkit/eventually'
import { sql } from 'kysely'
import { pino } from 'pino'

import { accountId, anItemChange, givenAccounts, givenListings, groupId } from '../../test/pipeline-fixtures.ts'
import { pushStage, type PushStage } from '../../test/push-stage.ts'
import { takeInAvailability } from '../commands/take-in-availability.ts'
import { updateAccountSettings } from '../commands/update-account-settings.ts'
import { computeSlice } from './recompute-loop.ts'

const entry = join(import.meta.dirname, '../../test/push-process.ts')

/** Runs a push in a process of its own until it kills itself at the crash point. */
async function dieAt(stage: PushStage, failpoint: string): Promise<void> {
  const child = spawn(process.execPath, [entry, JSON.stringify({ ...stage.elsewhere, failpoint })], { stdio: 'ignore' })
  await once(child, 'exit')
  expect(child.signalCode).toBe('SIGKILL')
}

const walkCrashPoints: [string, number][] = [
  ['recompute:before-commit', 250],
  ['recompute:after-commit', 50],
]

test('[R05] [R13] killed while the numbers of an account are walked, another goes on: none is left out and none computed twice', async () => {
  await Promise.all(
    walkCrashPoints.map(async ([failpoint, left]) => {
      await using stage = await pushStage()
      const { db } = stage
      const deps = { db, ids: systemIds, log: pino({ level: 'silent' }), poke: () => undefined, zerosSharePercent: 10 }
      const computeAll = async () => {
        while ((await computeSlice(deps, { after: '', oneByOne: 0 })) > 0);
      }
      const marks = async () => (await db.selectFrom('recompute_mark').select('group_id').execute()).length
      const skus = Array.from({ length: 250 }, (_, i) => `WALK-${i}`)
      await givenAccounts(db, [{ marketplace: 'UK' }])
      await givenListings(
        db,
        skus.map((sku) => ({ sku })),
      )
      await takeInAvailability(
        deps,
        skus.map((sku) => anItemChange(sku, { available: 100, version: 1 })),
      )
      await computeAll()
      // What is due may be claimed first, and a claim takes the mark along.
      await db.updateTable('group_state').set({ next_at: null }).execute()
      const change = {
        account: accountId('UK'),
        change: { stockPercentage: 50 },
        confirmation: '',
        zerosConfirmation: '',
      }
      await db.transaction().execute((tx) => updateAccountSettings(tx, deps, { ...change, actor: 'test' }))

      await dieAt(stage, failpoint)
      expect(await marks()).toBe(left)
      await computeAll()

      expect(await marks()).toBe(0)
      const { rows } = await sql<{ group_id: string }>`
        select group_id from computation
         where record #>> '{computation,cause,kind}' = 'setting_changed' and record #>> '{desired,quantity}' = '50'`.execute(
        db,
      )
      expect(rows.map((row) => row.group_id).toSorted()).toEqual(skus.map(groupId).toSorted())
    }),
  )
}, 60_000)

const crashPoints = [
  'recompute:before-commit',
  'recompute:after-commit',
  'push:after-sending-commit',
  'push:before-call',
  'push:after-call',
  'push:before-outcome-commit',
  'push:after-outcome-commit',
]

test('[R05] [R13] killed at any step, another push takes over: the newest number is accepted and versions only rise', async () => {
  await Promise.all(
    crashPoints.map(async (failpoint) => {
      await using stage = await pushStage()
      await stage.sim.changeSettings({ propagationMs: 100 })
      const { UK: uk } = await stage.givenSeller({ UK: ['loc_1'] })
      if (!uk) throw new Error('no account')
      await stage.givenListings([{ account: uk, sku: 'K-1', live: 1 }])
      await stage.announce('itm_K-1', 5)
      if (failpoint.startsWith('recompute')) {
        // What is due may be claimed first, and a claim takes the mark along.
        await sql`update group_state set recompute_at = clock_timestamp(), recompute_cause = '{"kind":"force_update"}', next_at = null`.execute(
          stage.db,
        )
      }

      await dieAt(stage, failpoint)
      await stage.announce('itm_K-1', 4)
      stage.startPush()

      await eventually(
        async () => {
          expect((await stage.why(uk, 'K-1')).chain.accepted).toMatchObject({ quantity: 4 })
          expect((await stage.sim.listing(uk.sellerId, 'K-1')).live.quantity).toBe(4)
        },
        { withinMs: 45_000 },
      )
      const { rows } = await sql<{ version: number }>`
        select version from chain_entry where stage = 'accepted' order by id`.execute(stage.db)
      const versions = rows.map(({ version }) => version)
      expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b))
    }),
  )
}, 60_000)
