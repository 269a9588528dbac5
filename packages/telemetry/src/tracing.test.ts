import { expect, test } from '@jest/globals'
import { tracing } from './tracing.ts'

test('queries have spans where traces are sent, and cost nothing where nobody collects them', async () => {
  const sent = await tracing({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318' })
  const nowhere = await tracing({})

  expect(sent.instrumentations).toMatchObject([{ instrumentationName: '@opentelemetry/instrumentation-pg' }])
  expect(nowhere.instrumentations).toBeUndefined()
})
