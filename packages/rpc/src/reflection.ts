import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { BinaryReader } from '@bufbuild/protobuf/wire'
import type { Server } from '@grpc/grpc-js'
import { ReflectionService } from '@grpc/reflection'

/** Lets callers such as grpcurl list and describe the services that this server has. The descriptors come with the generated code. */
export function addReflection(server: Server, serviceNames: string[]): void {
  const path = createRequire(import.meta.url).resolve('@lockstep/contracts/generated/descriptors.binpb')
  const files = filesOf(readFileSync(path))
  // The reflection service only looks at the descriptors, so they need no package around them.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  const definition = { lockstep: { fileDescriptorProtos: files } } as unknown as ConstructorParameters<
    typeof ReflectionService
  >[0]
  new ReflectionService(definition, { services: serviceNames }).addToServer(server)
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
