import { spawnSync } from 'node:child_process'
import { expect, test } from '@jest/globals'

const program = `
  import { ReportServiceClient, ReportServiceService } from '@lockstep/contracts/generated/lockstep/report/v1/report_service.ts'
  import { createLogger } from '@lockstep/telemetry/logger'
  import { inSpan, traceparent } from '@lockstep/telemetry/trace'
  import { call, openClient } from './client.ts'
  import { serverStream, unary } from './handler.ts'
  import { serviceBinding, startServer } from './server.ts'

  const log = createLogger('demo')
  const seen = {}
  const server = await startServer({ port: 0, log, services: [serviceBinding(ReportServiceService, {
    requestReport: unary(async () => { throw new Error('unused') }),
    getReport: unary(async (request, context) => { seen.server = traceparent(); context.log.info({}, 'in the handler'); return { report: undefined } }),
    listReports: unary(async () => ({ reports: [], nextPageToken: '' })),
    streamRows: serverStream(async function* () {}),
  })] })
  const client = openClient(ReportServiceClient, '127.0.0.1:' + server.port)
  await inSpan('request', {}, async () => { seen.client = traceparent(); await call(client, 'getReport', { reportId: 'rpt_1' }, { timeoutMs: 5_000 }) })
  client.close()
  await server[Symbol.asyncDispose]()
  const metrics = await (await fetch('http://127.0.0.1:' + process.env.METRICS_PORT + '/metrics')).text()
  console.log(JSON.stringify({ ...seen, metrics }))
  process.exit(0)`

test("a trace goes on across a call, into the handler's log lines, and the call is measured on both sides", () => {
  const port = 20_000 + (process.pid % 30_000)
  const ended = spawnSync(
    process.execPath,
    ['--import', '@lockstep/telemetry/register', '--input-type=module-typescript', '--eval', program],
    {
      cwd: import.meta.dirname,
      env: { ...process.env, NODE_OPTIONS: '', METRICS_PORT: String(port) },
    },
  )
  expect(ended.stderr.toString()).toBe('')
  const lines = ended.stdout
    .toString()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string>)
  const [, traceId = 'none', spanId = 'none'] = lines.at(-1)?.['client']?.split('-') ?? []

  expect(lines.at(-1)?.['server']).toContain(traceId)
  expect(lines.at(-1)?.['server']).not.toContain(spanId)
  expect(lines.find((line) => line['msg'] === 'in the handler')?.['trace_id']).toBe(traceId)
  expect(lines.at(-1)?.['metrics']).toMatch(
    /rpc_server_call_duration_seconds_count\{.*rpc_method="lockstep.report.v1.ReportService\/GetReport",rpc_status_code="OK"/,
  )
  expect(lines.at(-1)?.['metrics']).toContain(
    'rpc_client_call_duration_seconds_count{rpc_method="lockstep.report.v1.ReportService/GetReport"',
  )
})
