import { createServer } from 'node:http'
import { gzipSync } from 'node:zlib'

import { openDatabase } from '@lockstep/postgres/database'
import { createSuiteDatabase } from '@lockstep/testkit/suite-database'
import { testClock, testIds } from '@lockstep/testkit/test-clock'
import type { Kysely } from 'kysely'
import { Agent } from 'undici'

import { openDocument } from '../src/amazon/download.ts'
import type { ReportReply } from '../src/amazon/report-calls.ts'
import { advanceReport, type AdvanceDeps } from '../src/commands/advance-report.ts'
import { requestReport, type RequestReportDeps } from '../src/commands/request-report.ts'
import { migrations } from '../src/migrations/all.ts'
import type { ReportDb } from '../src/store/database.ts'

/** A document as the address serves it. */
export interface ServedDocument {
  status: number
  contentType: string
  body: Buffer
  /** Cut the connection after this many bytes. */
  cutAfter?: number
}

/** Bytes of a Cp1252 document. */
export const cp1252 = (text: string): Buffer => Buffer.from(text, 'latin1')

type Progress = Extract<Awaited<ReturnType<AdvanceDeps['getReport']>>, { kind: 'done' }>['value']

/** A real database, a real HTTP server for the document, and an Amazon whose words the test chooses. */
export async function openStage() {
  const stack = new AsyncDisposableStack()
  const database = stack.use(await createSuiteDatabase({ migrations, name: 'report' }))
  const db = stack.adopt(openDatabase<ReportDb>({ url: database.url, applicationName: 'test' }), (open) =>
    open.destroy(),
  )
  const document: ServedDocument = {
    status: 200,
    contentType: 'text/plain; charset=Cp1252',
    body: cp1252('seller-sku\n'),
  }
  const gzip = { on: false }
  const address = await serve(stack, document)
  const agent = stack.adopt(new Agent(), (open) => open.close())
  const clock = testClock()
  const ids = testIds()
  const amazon = {
    created: 0,
    progress: { kind: 'being_made', status: 'IN_QUEUE' } as Progress,
    create: undefined as ReportReply<string> | undefined,
  }
  const requestDeps: RequestReportDeps = {
    db,
    clock,
    ids,
    readAccount: (accountId) =>
      Promise.resolve(accountId === 'acc_1' ? { enabled: true, marketplaceId: 'A1F83G8C2ARO7P' } : undefined),
  }
  const advanceDeps: AdvanceDeps = {
    db,
    clock,
    ids,
    shortestCheckMs: 5_000,
    announced: () => undefined,
    createReport: () => {
      amazon.created += 1
      return Promise.resolve(amazon.create ?? { kind: 'done', value: `report-${String(amazon.created)}` })
    },
    getReport: () => Promise.resolve({ kind: 'done', value: amazon.progress }),
    getDocument: () =>
      Promise.resolve({
        kind: 'done',
        value: { documentId: 'doc-1', url: address, compression: gzip.on ? 'GZIP' : null },
      }),
    openDocument: (place, signal) => openDocument(agent, place, signal),
  }
  const compress = (): void => {
    gzip.on = true
    document.body = gzipSync(document.body)
  }
  const advance = (id: string): Promise<void> => advanceReport(advanceDeps, id, new AbortController().signal)
  return {
    db,
    clock,
    amazon,
    document,
    compress,
    requestDeps,
    advanceDeps,
    advance,
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

async function serve(stack: AsyncDisposableStack, document: ServedDocument): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(document.status, {
      'content-type': document.contentType,
      'content-length': document.body.length,
    })
    if (document.cutAfter === undefined) response.end(document.body)
    else response.write(document.body.subarray(0, document.cutAfter), () => response.destroy())
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  stack.defer(() => void server.close())
  const listening = server.address()
  if (listening === null || typeof listening === 'string') throw new Error('the document is served nowhere')
  return `http://127.0.0.1:${String(listening.port)}/document`
}

/** Asks for a listings report and answers its id. */
export async function requested(stage: Awaited<ReturnType<typeof openStage>>, key = 'key-1'): Promise<string> {
  const result = await requestReport(stage.requestDeps, aRequest({ idempotencyKey: key }))
  if (result.kind === 'refused') throw new Error(result.message)
  return result.report.id
}

/** A request for a listings report. */
export const aRequest = (
  more: Partial<Parameters<typeof requestReport>[1]> = {},
): Parameters<typeof requestReport>[1] => ({
  idempotencyKey: 'key-1',
  request: Buffer.from('request-1'),
  accountId: 'acc_1',
  reportType: 'GET_MERCHANT_LISTINGS_ALL_DATA',
  ...more,
})

/** The verbs announced so far, in order. */
export async function announcedVerbs(db: Kysely<ReportDb>): Promise<string[]> {
  const rows = await db.selectFrom('outbox').select('subject').orderBy('seq').execute()
  return rows.map(({ subject }) => subject.split('.')[4] ?? '')
}
