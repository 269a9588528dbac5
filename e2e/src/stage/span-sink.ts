import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A span as its service has sent it. */
export interface SeenSpan {
  service: string
  name: string
  traceId: string
  spanId: string
  parentSpanId: string
  /** Spans it points at beside its parent: what a batch was made of. */
  links: { traceId: string; spanId: string }[]
}

export interface SpanSink extends AsyncDisposable {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  url: string
  /** Everything that has come so far. */
  spans(): readonly SeenSpan[]
}

interface Exported {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue?: string } }[] }
    scopeSpans: { spans: (Omit<SeenSpan, 'service' | 'links'> & { links?: SeenSpan['links'] })[] }[]
  }[]
}

/** A collector of traces: a real HTTP server that takes OTLP as JSON and keeps it. */
export async function openSpanSink(): Promise<SpanSink> {
  const seen: SeenSpan[] = []
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await bodyOf(request)
    if (request.url === '/v1/traces') seen.push(...spansIn(JSON.parse(body) as Exported))
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  }
  const server = createServer((request, response) => void take(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    spans: () => seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(piece as Buffer)
  return Buffer.concat(pieces).toString('utf8')
}

function spansIn({ resourceSpans }: Exported): SeenSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = resource.attributes.find(({ key }) => key === 'service.name')?.value.stringValue ?? ''
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ links: [], ...span, service })))
  })
}

/** Whether one span follows directly upon the other: as its child or, handled in a batch with others, by a link. */
function follows(later: SeenSpan, earlier: SeenSpan): boolean {
  return later.parentSpanId === earlier.spanId || later.links.some(({ spanId }) => spanId === earlier.spanId)
}

/** `service: name` of the spans on a way, each following upon the one before; undefined when there is no such way. */
export function findWay(spans: readonly SeenSpan[], way: readonly string[]): readonly SeenSpan[] | undefined {
  const [first, ...rest] = way
  let ways = spansNamed(spans, first).map((span) => [span])
  for (const next of rest) {
    ways = ways.flatMap((taken) =>
      spansNamed(spans, next)
        .filter((span) => follows(span, taken.at(-1) as SeenSpan))
        .map((span) => [...taken, span]),
    )
  }
  return ways[0]
}

function spansNamed(spans: readonly SeenSpan[], name: string | undefined): SeenSpan[] {
  return spans.filter((span) => `${span.service}: ${span.name}` === name)
}
