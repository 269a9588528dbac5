import { expect, test } from '@jest/globals'

import type { Hint } from '../wire/live.ts'
import { LiveClient } from './live-client.ts'

const hint = (id: string, entity = 'listing'): Hint => ({ entity, verb: 'quantity-seen', account: 'acc_1', id })

/** A page that reads, or one that has stopped reading. */
function connection(unreadBytes = 0) {
  const written: string[] = []
  let destroyed = false
  return {
    written,
    isDestroyed: () => destroyed,
    writableLength: unreadBytes,
    write: (text: string) => written.push(text) > 0,
    end: () => undefined,
    destroy: () => void (destroyed = true),
    once: () => undefined,
  }
}

const hintsIn = (text: string | undefined): unknown =>
  JSON.parse(/^event: hints\ndata: (.*)\n\n$/.exec(text ?? '')?.[1] ?? '')

test('hints are gathered: the same one is told once, and all of them together', () => {
  const page = connection()
  const client = new LiveClient(page as never)

  for (const id of ['lst_1', 'lst_2', 'lst_1']) client.gather(hint(id))
  client.flush()
  client.flush()

  expect(page.written).toHaveLength(1)
  expect(hintsIn(page.written[0])).toEqual([hint('lst_1'), hint('lst_2')])
})

test('a flood becomes one hint that stands for everything', () => {
  const page = connection()
  const client = new LiveClient(page as never)

  for (let count = 0; count < 5_000; count += 1) client.gather(hint(`lst_${count}`))
  client.flush()

  expect(hintsIn(page.written[0])).toEqual([{ entity: '*', verb: 'changed', account: null, id: '*' }])
})

test('a page that has stopped reading is cut off instead of filling the memory', () => {
  const page = connection(1024 * 1024)
  const client = new LiveClient(page as never)

  client.gather(hint('lst_1'))
  client.flush()

  expect(page.written).toEqual([])
  expect(page.isDestroyed()).toBe(true)
})
