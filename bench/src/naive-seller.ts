import type { StockChange } from './stock-desk.ts'
import { feedMessage, quantityAttribute, titleAttribute, type VirtualAmazon } from './virtual-amazon.ts'

/*
 * The policy to compare with: everything goes by feed, in the order in which it comes, with no more planning than a back-off after a 429.
 * A stock feed holds every change that waits when the one before it is done.
 */

/** Sends stock changes and a job by feeds alone. */
export interface NaiveSeller {
  change: (sku: string, quantity: number) => StockChange
  submitJob: (skus: readonly string[]) => void
  jobDoneAt: () => number | null
}

const pollEveryMs = 15_000
const lookEveryMs = 5_000
const backOffMs = { first: 1_000, most: 900_000 }

export function naiveSeller(amazon: VirtualAmazon, options: { quantity: number }): NaiveSeller {
  const { clock } = amazon
  const ours = new Map<string, number>()
  let waiting: StockChange[] = []
  let isStockOut = false
  let doneAt: number | null = null

  function submit(messages: object[], done: () => void, backOff = backOffMs.first): void {
    amazon.submitFeed(messages, (feedId) => {
      if (feedId !== undefined) return poll(feedId, done)
      clock.after(backOff, () => submit(messages, done, Math.min(backOffMs.most, 2 * backOff)))
    })
  }

  function poll(feedId: string, done: () => void): void {
    amazon.request({ method: 'GET', target: `/feeds/2021-06-30/feeds/${feedId}` }, ({ json }) => {
      if (json['processingStatus'] === 'DONE') return done()
      clock.after(pollEveryMs, () => poll(feedId, done))
    })
  }

  function sendStock(): void {
    clock.after(lookEveryMs, sendStock)
    if (isStockOut || waiting.length === 0) return
    isStockOut = true
    const sent = waiting
    waiting = []
    const newest = new Map(sent.map(({ sku, quantity }) => [sku, quantity]))
    const messages = [...newest].map(([sku, quantity], i) => feedMessage(i + 1, sku, quantityAttribute(quantity)))
    submit(messages, () => {
      isStockOut = false
      for (const change of sent) Object.assign(change, { acceptedAt: clock.now(), showsAt: amazon.showsAt(change.sku) })
    })
  }
  clock.after(lookEveryMs, sendStock)

  return {
    change(sku, quantity) {
      const before = ours.get(sku) ?? options.quantity
      ours.set(sku, quantity)
      const lane = quantity === 0 ? 'to_zero' : quantity < before ? 'decrease' : 'increase'
      const change: StockChange = { sku, at: clock.now(), quantity, lane, acceptedAt: null, showsAt: null }
      waiting.push(change)
      return change
    },
    submitJob(skus) {
      submit(
        skus.map((sku, i) => feedMessage(i + 1, sku, titleAttribute(`${sku}, new`))),
        () => (doneAt = clock.now()),
      )
    },
    jobDoneAt: () => doneAt,
  }
}
