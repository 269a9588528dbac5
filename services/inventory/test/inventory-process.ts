import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { InventoryServiceClient } from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import { call, openClient } from '@lockstep/rpc/client'
import { eventually } from '@lockstep/testkit/eventually'
import { freePort } from '@lockstep/testkit/free-port'

export interface InventoryProcess extends AsyncDisposable {
  client: InventoryServiceClient
  /** The signal that ended it, once it has ended. */
  ended: Promise<string | null>
}

/** Inventory as it runs in production: a process of its own, which a crash point may kill. Resolves when it answers, or has ended. */
export async function startInventoryProcess(options: {
  databaseUrl: string
  natsUrl: string
  failpoint: string
}): Promise<InventoryProcess> {
  const port = await freePort()
  const child = spawn(process.execPath, ['--import', '@lockstep/telemetry/register', 'src/main.ts'], {
    cwd: new URL('..', import.meta.url).pathname,
    env: {
      INVENTORY_DATABASE_URL: options.databaseUrl,
      INVENTORY_GRPC_PORT: String(port),
      NATS_URL: options.natsUrl,
      FAILPOINT: options.failpoint,
      LOG_LEVEL: 'warn',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const client = openClient(InventoryServiceClient, `127.0.0.1:${port}`)
  await answering(child, client)
  return {
    client,
    ended: signalOf(child),
    async [Symbol.asyncDispose]() {
      client.close()
      child.kill('SIGKILL')
      await signalOf(child)
    },
  }
}

async function answering(child: ChildProcess, client: InventoryServiceClient): Promise<void> {
  await eventually(async () => {
    if (hasEnded(child)) return
    await call(client, 'listLocations', {}, { timeoutMs: 1_000, readOnly: true, retries: 0 })
  })
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null

async function signalOf(child: ChildProcess): Promise<string | null> {
  if (!hasEnded(child)) await once(child, 'exit')
  return child.signalCode
}
