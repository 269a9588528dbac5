import { once } from 'node:events'
import { Client, credentials, status } from '@grpc/grpc-js'
import { afterEach, expect, test } from '@jest/globals'
import {
  ReportServiceClient,
  ReportServiceService,
  type ReportServiceServer,
  type StreamRowsResponse,
} from '@lockstep/contracts/generated/lockstep/report/v1/report_service.ts'
import { reportReasons } from '@lockstep/contracts/reasons'
import { DatabaseUnreachableError } from '@lockstep/postgres/errors'
import { IdempotencyConflictError, IdempotencyKeyError } from '@lockstep/postgres/idempotency'
import { eventually } from '@lockstep/testkit/eventually'
import { pino } from 'pino'
import { call, callStream, openClient, type OpenClientOptions } from './client.ts'
import { serverStream, unary, type CallContext } from './handler.ts'
import { isServiceError, refusal, RefusalError, refusalOf } from './refusal.ts'
import {
  ListenError,
  serviceBinding,
  startServer,
  type ImplementationOf,
  type RpcServer,
  type RpcServerOptions,
} from './server.ts'

type Implementation = ImplementationOf<typeof ReportServiceService>

const closing: (() => void | PromiseLike<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

const nothing = async (): Promise<never> => {
  throw new Error('not part of this test')
}

async function serve(
  methods: Partial<Implementation>,
  more: Partial<RpcServerOptions> = {},
): Promise<RpcServer & { lines: Record<string, unknown>[] }> {
  const lines: Record<string, unknown>[] = []
  const log = pino({}, { write: (line: string) => lines.push(JSON.parse(line) as Record<string, unknown>) })
  const implementation: Implementation = {
    requestReport: unary(nothing),
    getReport: unary(async () => ({ report: undefined })),
    listReports: unary(async () => ({ reports: [], nextPageToken: '' })),
    streamRows: serverStream(async function* empty() {}),
    ...methods,
  }
  const server = await startServer({
    port: 0,
    services: [serviceBinding(ReportServiceService, implementation)],
    log,
    drainMs: 500,
    ...more,
  })
  closing.push(() => server[Symbol.asyncDispose]())
  return { ...server, lines }
}

function connect(server: RpcServer, options: OpenClientOptions = {}): ReportServiceClient {
  const client = openClient(ReportServiceClient, `127.0.0.1:${server.port}`, options)
  closing.push(() => client.close())
  return client
}

const list = { accountId: '', reportType: '', page: undefined }
const listing = (nextPageToken: string): { reports: []; nextPageToken: string } => ({ reports: [], nextPageToken })

async function errorOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => new Error('nothing went wrong'),
    (error: unknown) => error,
  )
}

test('a call carries its actor and comes back with its answer', async () => {
  const server = await serve({
    listReports: unary(async (request, context) => listing(`${context.actor} asked for ${request.accountId}`)),
  })
  const client = connect(server)

  const known = await call(client, 'listReports', { ...list, accountId: 'acc_1' }, { timeoutMs: 5_000, actor: 'ann' })
  const ours = await call(client, 'listReports', list, { timeoutMs: 5_000 })

  expect(known.nextPageToken).toBe('ann asked for acc_1')
  expect(ours.nextPageToken).toBe('system asked for ')
})

test('a refusal arrives whole: status, reason, value, next step, lines and delay', async () => {
  const refusing = unary(async () => {
    const facts = {
      message: '"rpt_9" is no report',
      field: 'report_id',
      value: 'rpt_9',
      candidates: ['rpt_1'],
      retryAfterMs: 1_500,
    }
    throw refusal(reportReasons, 'REPORT_UNKNOWN', {
      ...facts,
      lines: [{ index: 3, reason: 'REPORT_UNKNOWN', message: 'unknown' }],
    })
  })
  const server = await serve({ getReport: refusing })

  const error = await errorOf(call(connect(server), 'getReport', { reportId: 'rpt_9' }, { timeoutMs: 5_000 }))

  expect(error).toMatchObject({ code: status.NOT_FOUND, details: '"rpt_9" is no report' })
  expect(refusalOf(error)).toEqual({
    reason: 'REPORT_UNKNOWN',
    message: '"rpt_9" is no report',
    nextStep: reportReasons.REPORT_UNKNOWN.nextStep,
    field: 'report_id',
    value: 'rpt_9',
    candidates: ['rpt_1'],
    lines: [{ index: 3, line: 4, item: '', reason: 'REPORT_UNKNOWN', message: 'unknown', field: '', value: '' }],
    retryAfter: { seconds: 1n, nanos: 500_000_000 },
  })
  expect(server.lines).toContainEqual(
    expect.objectContaining({ level: 30, msg: 'call refused', reason: 'REPORT_UNKNOWN' }),
  )
})

const keyed = { key: 'k1', method: 'RequestReport', request: '' }
test.each([
  [
    '[R09] a key used for another request',
    new IdempotencyConflictError(keyed),
    status.ALREADY_EXISTS,
    'IDEMPOTENCY_KEY_REUSED',
  ],
  [
    '[R09] a missing key',
    new IdempotencyKeyError({ ...keyed, key: '' }),
    status.INVALID_ARGUMENT,
    'IDEMPOTENCY_KEY_MISSING',
  ],
  ['a database that cannot be reached', new DatabaseUnreachableError('gone'), status.UNAVAILABLE, undefined],
  ['anything unexpected', new Error('canary in the text'), status.INTERNAL, undefined],
])('%s ends the call with its status', async (...[, thrown, code, reason]) => {
  const server = await serve({ getReport: unary(() => Promise.reject(thrown)) })

  const error = await errorOf(call(connect(server), 'getReport', { reportId: 'rpt_1' }, { timeoutMs: 5_000 }))

  expect(isServiceError(error) && error.code).toBe(code)
  expect(refusalOf(error)?.reason).toBe(reason)
  expect(String(error)).not.toContain('canary')
})

test('an unexpected error is logged once, with the method and its stack', async () => {
  const server = await serve({ getReport: unary(() => Promise.reject(new TypeError('of undefined'))) })
  await errorOf(call(connect(server), 'getReport', { reportId: 'rpt_1' }, { timeoutMs: 5_000 }))

  const errors = server.lines.filter((line) => line['level'] === 50)
  expect(errors).toHaveLength(1)
  expect(errors[0]).toMatchObject({ msg: 'call failed', method: 'lockstep.report.v1.ReportService/GetReport' })
})

test('an error of our own making is a refusal for whoever holds it, any other is none', () => {
  const ours = new RefusalError({ status: 'ABORTED', reason: 'X', message: 'no', nextStep: 'wait' })
  expect(refusalOf(ours)).toMatchObject({
    reason: 'X',
    message: 'no',
    nextStep: 'wait',
    field: '',
    retryAfter: undefined,
  })
  expect(refusalOf(new Error('no'))).toBeUndefined()
})

test('[R29] a call ends at its deadline and its handler is told', async () => {
  const seen: { context?: CallContext } = {}
  const server = await serve({
    getReport: unary(async (_, context) => {
      seen.context = context
      await once(context.signal, 'abort')
      return { report: undefined }
    }),
  })

  const error = await errorOf(call(connect(server), 'getReport', { reportId: 'rpt_1' }, { timeoutMs: 300 }))

  expect(isServiceError(error) && error.code).toBe(status.DEADLINE_EXCEEDED)
  await eventually(() => expect(seen.context?.signal.aborted).toBe(true))
  expect(Math.abs((seen.context?.deadline?.getTime() ?? 0) - Date.now())).toBeLessThan(20_000)
})

test("[R29] a call made for another one ends with it: the last of a chain sees the first one's deadline", async () => {
  const seen: { last?: Date; ended?: boolean } = {}
  const last = await serve({
    getReport: unary(async (_, context) => {
      seen.last = context.deadline ?? new Date(0)
      await once(context.signal, 'abort')
      seen.ended = true
      return { report: undefined }
    }),
  })
  const toLast = connect(last)
  const middle = await serve({
    getReport: unary((request, context) =>
      call(toLast, 'getReport', request, { timeoutMs: 60_000, signal: context.signal }),
    ),
  })

  const begun = Date.now()
  await errorOf(call(connect(middle), 'getReport', { reportId: 'rpt_1' }, { timeoutMs: 1_000 }))

  await eventually(() => expect(seen.ended).toBe(true))
  expect((seen.last?.getTime() ?? Infinity) - begun).toBeLessThan(5_000)
})

test('a caller that gives up ends its call, before and during it', async () => {
  const server = await serve({
    getReport: unary((_, context) => once(context.signal, 'abort').then(() => ({ report: undefined }))),
  })
  const client = connect(server)
  const given = new AbortController()
  const pending = errorOf(call(client, 'getReport', { reportId: 'rpt_1' }, { timeoutMs: 60_000, signal: given.signal }))
  given.abort()

  expect(await pending).toMatchObject({ code: status.CANCELLED })
  expect(
    await errorOf(call(client, 'getReport', { reportId: 'rpt_1' }, { timeoutMs: 60_000, signal: given.signal })),
  ).toMatchObject({ code: status.CANCELLED })
})

test('[R09] a keyed call is repeated when its server vanishes in the middle; one without a key is not', async () => {
  const runs = { keyed: 0, bare: 0 }
  const first = await serve(
    {
      requestReport: unary(async (): Promise<never> => {
        runs.keyed += 1
        return new Promise(() => {})
      }),
      getReport: unary(async (): Promise<never> => {
        runs.bare += 1
        return new Promise(() => {})
      }),
    },
    { drainMs: 1 },
  )
  const client = connect(first)
  const keyedCall = call(
    client,
    'requestReport',
    { idempotencyKey: 'k1', accountId: 'acc_1', reportType: 'T' },
    { timeoutMs: 20_000, retries: 10 },
  )
  const bareCall = errorOf(call(client, 'getReport', { reportId: 'rpt_1' }, { timeoutMs: 20_000 }))
  await eventually(() => expect(runs).toEqual({ keyed: 1, bare: 1 }))

  await first[Symbol.asyncDispose]()
  await serve(
    {
      requestReport: unary(async () => {
        runs.keyed += 1
        return { report: undefined, alreadyUnderWay: false }
      }),
    },
    { port: first.port },
  )

  await keyedCall
  expect(isServiceError(await bareCall)).toBe(true)
  expect(runs).toEqual({ keyed: 2, bare: 1 })
})

test('[R17] a call that may be repeated waits for a server that is not there yet', async () => {
  const gone = await serve({})
  const client = connect(gone)
  await gone[Symbol.asyncDispose]()
  const pending = call(client, 'listReports', list, { timeoutMs: 30_000, readOnly: true, retries: 30 })

  await serve({ listReports: unary(async () => listing('late')) }, { port: gone.port })
  expect((await pending).nextPageToken).toBe('late')
})

test('[R30] a server that stops ends what runs, takes nothing new, and says so before', async () => {
  const step: { finish?: () => void } = {}
  const server = await serve(
    {
      getReport: unary(async () => {
        await new Promise<void>((resolve) => (step.finish = resolve))
        return { report: undefined }
      }),
    },
    { drainMs: 20_000 },
  )
  const client = connect(server)
  const running = call(client, 'getReport', { reportId: 'rpt_1' }, { timeoutMs: 20_000 })
  await eventually(() => expect(step.finish).toBeDefined())

  const stopped = server[Symbol.asyncDispose]()
  const refused = errorOf(call(connect(server), 'listReports', list, { timeoutMs: 1_000 }))
  expect(await refused).toMatchObject({ code: status.UNAVAILABLE })
  step.finish?.()

  expect(await running).toEqual({ report: undefined })
  await stopped
})

test('[R30] a call that never ends does not keep the server from stopping', async () => {
  const server = await serve({ getReport: unary(() => new Promise(() => {})) })
  const running = errorOf(call(connect(server), 'getReport', { reportId: 'rpt_1' }, { timeoutMs: 60_000 }))
  await eventually(async () =>
    expect(await call(connect(server), 'listReports', list, { timeoutMs: 1_000 })).toBeDefined(),
  )

  await server[Symbol.asyncDispose]()
  expect(isServiceError(await running)).toBe(true)
})

const rows = (number: bigint, size = 1): StreamRowsResponse => ({
  columns: [],
  rows: [{ number, cells: ['x'.repeat(size)], lostCharacters: false }],
})

test('a stream arrives whole and in order', async () => {
  const server = await serve({
    streamRows: serverStream(async function* count() {
      for (let number = 1n; number <= 2_000n; number += 1n) yield rows(number, 1_000)
    }),
  })
  const seen: bigint[] = []
  for await (const piece of callStream(
    connect(server),
    'streamRows',
    { reportId: 'rpt_1', afterRow: 0n },
    { timeoutMs: 30_000 },
  )) {
    seen.push(...piece.rows.map((row) => row.number))
  }
  expect(seen).toEqual(Array.from({ length: 2_000 }, (_, index) => BigInt(index + 1)))
})

test('a reader that is slow, or leaves, holds its writer up and ends it', async () => {
  const state = { written: 0, ended: false }
  const server = await serve({
    streamRows: serverStream(async function* endless() {
      try {
        for (let number = 1n; ; number += 1n) {
          state.written += 1
          yield rows(number, 100_000)
        }
      } finally {
        state.ended = true
      }
    }),
  })
  for await (const piece of callStream(
    connect(server),
    'streamRows',
    { reportId: 'rpt_1', afterRow: 0n },
    { timeoutMs: 30_000 },
  )) {
    if (piece.rows[0]?.number === 3n) break
  }
  await eventually(() => expect(state.ended).toBe(true))
  expect(state.written).toBeLessThan(1_000)
})

test('a stream that is refused half-way says why', async () => {
  const server = await serve({
    streamRows: serverStream(async function* half() {
      yield rows(1n)
      throw refusal(reportReasons, 'REPORT_NOT_READY', { message: 'still downloading' })
    }),
  })
  const seen: number[] = []
  const reading = async (): Promise<void> => {
    for await (const piece of callStream(
      connect(server),
      'streamRows',
      { reportId: 'rpt_1', afterRow: 0n },
      { timeoutMs: 30_000 },
    ))
      seen.push(piece.rows.length)
  }
  expect(refusalOf(await errorOf(reading()))?.reason).toBe('REPORT_NOT_READY')
  expect(seen).toEqual([1])
})

test('messages up to the limit travel, larger ones are refused by name', async () => {
  const server = await serve({ listReports: unary(async (request) => listing('y'.repeat(Number(request.accountId)))) })
  const client = connect(server)
  const small = connect(server, { maxMessageBytes: 1_000 })

  expect(
    (await call(client, 'listReports', { ...list, accountId: String(15 * 1024 * 1024) }, { timeoutMs: 20_000 }))
      .nextPageToken,
  ).toHaveLength(15 * 1024 * 1024)
  expect(
    await errorOf(call(small, 'listReports', { ...list, accountId: '2000' }, { timeoutMs: 20_000 })),
  ).toMatchObject({ code: status.RESOURCE_EXHAUSTED })
})

const same = (bytes: Buffer): Buffer => bytes

/** grpc.health.v1: 1 = SERVING, 2 = NOT_SERVING, both in field 1. */
async function healthOf(server: RpcServer, service: string): Promise<number> {
  const name = Buffer.from(service)
  const answer = await raw(server, '/grpc.health.v1.Health/Check', Buffer.from([0x0a, name.length, ...name]))
  return answer[1] ?? 0
}

function raw(server: RpcServer, path: string, request: Buffer): Promise<Buffer> {
  const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure())
  closing.push(() => client.close())
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(path, same, same, request, (error, answer) =>
      error ? reject(error) : resolve(answer ?? Buffer.alloc(0)),
    )
  })
}

test('health has the names the probes ask for; liveness does not follow readiness', async () => {
  const state: { ready: boolean | Error } = { ready: true }
  const server = await serve(
    {},
    {
      readiness: async () => {
        if (state.ready instanceof Error) throw state.ready
        return state.ready
      },
    },
  )
  expect(await Promise.all(['', 'startup', 'readiness', 'liveness'].map((name) => healthOf(server, name)))).toEqual([
    1, 1, 1, 1,
  ])

  state.ready = new Error('no database')
  await eventually(async () => expect(await healthOf(server, 'readiness')).toBe(2))
  expect([await healthOf(server, 'liveness'), await healthOf(server, 'startup')]).toEqual([1, 1])

  state.ready = true
  await eventually(async () => expect(await healthOf(server, 'readiness')).toBe(1))
})

test('reflection lists the services of this server and describes them', async () => {
  const server = await serve({})
  const client = new Client(`127.0.0.1:${server.port}`, credentials.createInsecure())
  closing.push(() => client.close())
  const stream = client.makeBidiStreamRequest('/grpc.reflection.v1.ServerReflection/ServerReflectionInfo', same, same)
  // list_services = "*" (field 7), then file_containing_symbol (field 4)
  const symbol = Buffer.from('lockstep.report.v1.ReportService')
  stream.write(Buffer.from([0x3a, 1, 0x2a]))
  stream.write(Buffer.from([0x22, symbol.length, ...symbol]))
  stream.end()
  const answers: string[] = []
  for await (const answer of stream as AsyncIterable<Buffer>) answers.push(answer.toString('latin1'))

  expect(answers[0]).toContain('lockstep.report.v1.ReportService')
  expect(answers[0]).not.toContain('lockstep.inventory')
  expect(answers[1]).toContain('StreamRowsRequest')
})

test('a handler fits the generated server type, and one that answers something else does not compile', () => {
  const generated: Pick<ReportServiceServer, 'getReport' | 'streamRows'> = {
    getReport: unary(async () => ({ report: undefined })),
    streamRows: serverStream(async function* none() {}),
  }
  const wrong = unary(async () => ({ reports: 3, nextPageToken: '' }))
  // @ts-expect-error -- a number is no list of reports
  const bound: Pick<Implementation, 'listReports'> = { listReports: wrong }
  expect([generated, bound]).toHaveLength(2)
})

test('a port that is taken is named', async () => {
  const server = await serve({})
  const again = serve({}, { port: server.port })
  await expect(again).rejects.toThrow(ListenError)
  await expect(again).rejects.toThrow(`127.0.0.1:${server.port}`)
})
