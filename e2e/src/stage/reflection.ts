import { Client, credentials } from '@grpc/grpc-js'

const path = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo'
/** `ServerReflectionRequest { string list_services = 7; }` by hand: the answer is searched for names, so no generated code is needed. */
const listServices = Buffer.from([0x3a, 0x01, 0x2a])

const same = (bytes: Buffer): Buffer => bytes

/** What a server's reflection answers when it is asked which services it has, as text. */
export async function reflectedServices(address: string): Promise<string> {
  const client = new Client(address, credentials.createInsecure())
  const stream = client.makeBidiStreamRequest(path, same, same, { deadline: Date.now() + 5_000 })
  try {
    const answer = new Promise<string>((resolve, reject) => {
      stream.once('data', (bytes: Buffer) => resolve(bytes.toString('utf8')))
      stream.once('error', reject)
    })
    stream.write(listServices)
    return await answer
  } finally {
    stream.on('error', () => undefined)
    stream.cancel()
    client.close()
  }
}
