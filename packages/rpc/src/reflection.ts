import { EventEmitter } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { BinaryReader } from '@bufbuild/protobuf/wire'
import type { Server, ServerDuplexStream, ServiceDefinition, UntypedHandleCall } from '@grpc/grpc-js'

const versions = ['grpc.reflection.v1.ServerReflection', 'grpc.reflection.v1alpha.ServerReflection']
const method = 'ServerReflectionInfo'

/** One version of the reflection service, as the library makes it. */
interface Reflection {
  definition: ServiceDefinition[string]
  handler: UntypedHandleCall
}

/**
 * Lets callers such as grpcurl list and describe the services that this server has. The descriptors come with the generated code. They are read when somebody
 * asks for the first time: that costs 12 MB, which a process that is never asked need not have.
 */
export function addReflection(server: Server, serviceNames: string[]): void {
  let loaded: Promise<Map<string, Reflection>> | undefined
  for (const version of versions) {
    const path = `/${version}/${method}`
    const definition = { path, requestStream: true, responseStream: true, ...bytesBothWays }
    const answer = async (call: ServerDuplexStream<Buffer, Buffer>): Promise<void> => {
      loaded ??= loadReflection(serviceNames)
      const reflection = (await loaded).get(path)
      if (reflection) passOn(call, reflection)
      else call.end()
    }
    server.addService(
      { [method]: definition },
      { [method]: (call: ServerDuplexStream<Buffer, Buffer>) => void answer(call) },
    )
  }
}

const same = (bytes: Buffer): Buffer => bytes
const bytesBothWays = {
  requestSerialize: same,
  requestDeserialize: same,
  responseSerialize: same,
  responseDeserialize: same,
}

/** Makes the library's services, and catches them where it would add them to a server. */
async function loadReflection(serviceNames: string[]): Promise<Map<string, Reflection>> {
  const { ReflectionService } = await import('@grpc/reflection')
  const path = createRequire(import.meta.url).resolve('@lockstep/contracts/generated/descriptors.binpb')
  // The library only looks at the descriptors, so they need no package around them.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  const definition = {
    lockstep: { fileDescriptorProtos: filesOf(readFileSync(path)) },
  } as unknown as ConstructorParameters<typeof ReflectionService>[0]
  const made = new Map<string, Reflection>()
  new ReflectionService(definition, { services: serviceNames }).addToServer({
    addService(service, implementation) {
      for (const [name, described] of Object.entries(service)) {
        const handler = implementation[name]
        if (handler) made.set(described.path, { definition: described, handler })
      }
    },
  })
  return made
}

/** Lets the library answer a call whose messages are bytes: it listens for messages, writes some and ends. */
function passOn(call: ServerDuplexStream<Buffer, Buffer>, { definition, handler }: Reflection): void {
  const stream = Object.assign(new EventEmitter(), {
    write: (message: object) => call.write(definition.responseSerialize(message)),
    end: () => call.end(),
  })
  Reflect.apply(handler, undefined, [stream])
  call.on('data', (bytes: Buffer) => stream.emit('data', definition.requestDeserialize(bytes)))
  call.on('end', () => stream.emit('end'))
}

/** The files of a FileDescriptorSet (field 1, repeated), each still encoded. */
function filesOf(descriptorSet: Uint8Array): Buffer[] {
  const reader = new BinaryReader(descriptorSet)
  const files: Buffer[] = []
  while (reader.pos < reader.len) {
    const [field, wireType] = reader.tag()
    if (field === 1) files.push(Buffer.from(reader.bytes()))
    else reader.skip(wireType)
  }
  return files
}
