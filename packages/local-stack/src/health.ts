import { Client, credentials, status } from '@grpc/grpc-js'

/**
 * Asks a gRPC server's standard health service about one of its names, such as `readiness`.
 * False when it is not serving or not reachable; rejects only when `signal` is aborted.
 */
export async function isServing(address: string, name: string, signal: AbortSignal): Promise<boolean> {
  const client = new Client(address, credentials.createInsecure())
  try {
    return await check(client, name, signal)
  } finally {
    client.close()
  }
}

/** Whether a plain HTTP server answers this URL with a status below 500. */
export async function answersHttp(url: string, signal: AbortSignal): Promise<boolean> {
  const response = await fetch(url, {
    signal: AbortSignal.any([signal, AbortSignal.timeout(2_000)]),
    redirect: 'manual',
  })
  await response.body?.cancel()
  return response.status < 500
}

function check(client: Client, name: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const call = client.makeUnaryRequest(
      '/grpc.health.v1.Health/Check',
      encodeRequest,
      decodesToServing,
      name,
      { deadline: Date.now() + 2_000 },
      (error, serving) => {
        if (error?.code === status.CANCELLED && signal.aborted) reject(error)
        else resolve(serving ?? false)
      },
    )
    signal.addEventListener('abort', () => call.cancel(), { once: true })
  })
}

/** `HealthCheckRequest { string service = 1; }` by hand: one field is not worth generated code. Names are short, so one byte holds the length. */
function encodeRequest(name: string): Buffer {
  const text = Buffer.from(name)
  return Buffer.concat([Buffer.from([0x0a, text.length]), text])
}

/** `HealthCheckResponse { ServingStatus status = 1; }`, where SERVING is 1. */
function decodesToServing(message: Buffer): boolean {
  return message.length === 2 && message[0] === 0x08 && message[1] === 1
}
