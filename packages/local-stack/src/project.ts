import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { serviceKinds, type ServiceName } from './service-kinds.ts'

/** The project's folder. */
export const projectFolder = join(import.meta.dirname, '..', '..', '..')

/** The folder of one service. */
export function serviceFolder(name: ServiceName): string {
  return join(projectFolder, 'services', name)
}

/** The services whose code is in the project. */
export function presentServices(): ServiceName[] {
  return serviceKinds.map(({ name }) => name).filter((name) => existsSync(join(serviceFolder(name), 'src', 'main.ts')))
}
