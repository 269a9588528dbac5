import { ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { expect, test } from '@jest/globals'
import { contextOf, inSpan, isSampled, parseTraceparent, traceparent, withRemoteParent } from './trace.ts'

const header = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

test('a traceparent becomes a context that continues its trace', () => {
  expect(parseTraceparent(header)).toMatchObject({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
  })
  expect(trace.getSpanContext(contextOf(header))?.isRemote).toBe(true)
  expect(isSampled(header)).toBe(true)
  expect(isSampled(header.replace(/01$/, '00'))).toBe(false)
})

test.each([undefined, '', 'nonsense', header.toUpperCase(), header.replace(/b7ad6b7169203331/, '0000000000000000')])(
  'a traceparent that is none (%s) starts a trace of its own',
  (text) => {
    expect(contextOf(text)).toBe(ROOT_CONTEXT)
  },
)

test('without telemetry the work still runs, its answer and its error come through', async () => {
  expect(traceparent()).toBeUndefined()
  expect(await inSpan('work', {}, async () => 4)).toBe(4)
  await expect(withRemoteParent(header, 'work', () => Promise.reject(new TypeError('no')))).rejects.toThrow('no')
})
