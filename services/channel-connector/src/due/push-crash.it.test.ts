import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import { expect, test } from '@jest/globals'
import { eventually } from '@lockstep/testkit/eventually'
import { sql } from 'kysely'

import { pushStage, type PushStage } from '../../test/push-stage.ts'

const entry = join(import.meta.dirname, '../../test/push-process.ts')

/** Runs a push in a process of its own until it kills itself at the crash point. */
async function dieAt(stage: PushStage, failpoint: string): Promise<void> {
  const child = spawn(process.execPath, [entry, JSON.stringify({ ...stage.elsewhere, failpoint })], { stdio: 'ignore' })
  await once(child, 'exit')
  expect(child.signalCode).toBe('SIGKILL')
}

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
        await sql`update group_state set recompute_at = clock_timestamp(), recompute_cause = '{"kind":"force_update"}'`.execute(
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
