import type { Hint } from '../src/wire/live.ts'

/** One event as the browser would see it. */
export interface HeardEvent {
  readonly event: string
  readonly data: unknown
}

/** A page that listens. */
export interface EventStream extends Disposable {
  readonly status: number
  readonly heard: readonly HeardEvent[]
  hints(): Hint[]
  /** Whether the console has ended it. */
  isOver(): boolean
}

/** Listens to the console's events until it is disposed. */
export async function listen(url: string): Promise<EventStream> {
  const stop = new AbortController()
  const response = await fetch(`${url}/api/events`, { signal: stop.signal })
  const heard: HeardEvent[] = []
  // An aborted stream ends with an error that nobody needs.
  let isOver = !response.ok
  const reading = response.ok ? collect(response, heard) : response.body?.cancel()
  reading?.then(
    () => (isOver = true),
    () => (isOver = true),
  )
  return {
    status: response.status,
    heard,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the tests look at what they hear
    hints: () => heard.filter(({ event }) => event === 'hints').flatMap(({ data }) => data as Hint[]),
    isOver: () => isOver,
    [Symbol.dispose]: () => stop.abort(),
  }
}

async function collect(response: Response, heard: HeardEvent[]): Promise<void> {
  let text = ''
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk
    const blocks = text.split('\n\n')
    text = blocks.pop() ?? ''
    heard.push(...blocks.flatMap(readBlock))
  }
}

function readBlock(block: string): HeardEvent[] {
  const event = /^event: (.*)$/m.exec(block)?.[1]
  const data = /^data: (.*)$/m.exec(block)?.[1]
  return event === undefined || data === undefined ? [] : [{ event, data: JSON.parse(data) as unknown }]
}
