import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

import { expect, test } from '@jest/globals'
import { eventually } from '@lockstep/testkit/eventually'

import { feedStage } from '../../test/feed-stage.ts'

const entry = join(import.meta.dirname, '../../test/push-process.ts')

test('[R38] a replica whose clock is an hour fast submits and ends a feed as any other', async () => {
  await using stage = await feedStage()
  await using ending = new AsyncDisposableStack()
  const { UK: account } = await stage.givenSeller({ UK: ['loc_1'] })
  if (!account) throw new Error('no account')
  const skus = Array.from({ length: 5 }, (_, i) => `WC-${i}`)
  await stage.givenOffers(account, skus)
  // Quiet hours that are never now: the planner leaves the lines to the test.
  const hour = String((new Date().getUTCHours() + 12) % 24).padStart(2, '0')
  const lines = skus.map((channelSku) => ({ channelSku, title: `new ${channelSku}` }))
  const feedId = await stage.givenSlice(await stage.givenJob(account, lines, `${hour}:00-${hour}:30`))

  const argument = { ...stage.elsewhere, failpoint: '', clock: { offsetMs: 3_600_000 }, feeds: true }
  const child = spawn(process.execPath, [entry, JSON.stringify(argument)], { stdio: 'ignore' })
  ending.defer(async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  })

  await eventually(async () => expect((await stage.feed(feedId)).ended_at).not.toBeNull(), { withinMs: 45_000 })
  expect(await stage.feed(feedId)).toMatchObject({ state: 'done', accepted: 5 })
}, 90_000)
