import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { environmentOf, readObjects, workloadsOf } from '../src/objects.ts'
import { readRendered } from '../src/rendered.ts'

interface ComposeService {
  image: string
  environment: Record<string, string>
  ports?: string[]
  read_only?: boolean
}

const text = readFileSync(join(import.meta.dirname, '../../deploy/compose.yaml'), 'utf8')
const { services } = parse(text, { merge: true }) as { services: Record<string, ComposeService> }
const objects = readObjects(readRendered('local'))
const ours = Object.entries(services).filter(([, { image }]) => image.startsWith('lockstep/'))

/** Compose has no job that migrates, so services do; ports and their hosts have the same defaults. */
const onlyInKubernetes = /^(MIGRATE_AT_START|LOG_LEVEL|GRPC_HOST|METRICS_HOST|\w+_(GRPC|HTTP)_PORT)$/

test('[OP16] compose gives each service the settings that Kubernetes gives it', () => {
  expect(ours.map(([name]) => name).toSorted()).toEqual(
    workloadsOf(objects)
      .flatMap(({ kind, name }) => (kind === 'Deployment' ? name : []))
      .toSorted(),
  )
  for (const [name, { environment }] of ours) {
    const container = workloadsOf(objects).find(({ title }) => title === `Deployment/${name}`)?.containers[0]
    const expected = container ? [...environmentOf(container, objects).keys()] : []
    const peersOfTheConsole = name === 'console' ? /_ADDRESS$/ : /^$/
    const isOwn = (variable: string): boolean => !onlyInKubernetes.test(variable) && !peersOfTheConsole.test(variable)

    expect(Object.keys(environment).filter(isOwn).toSorted()).toEqual(expected.filter(isOwn).toSorted())
  }
})

test('[OP15] compose holds no password, pins its images to those of Kubernetes, and opens nothing beyond this machine', () => {
  const images = new Set(workloadsOf(objects).flatMap(({ containers }) => containers.map(({ image }) => image)))

  expect(Object.values(services).filter(({ image }) => !images.has(image))).toEqual([])
  expect(
    Object.values(services).flatMap(({ ports = [] }) => ports.filter((port) => !port.startsWith('127.0.0.1:'))),
  ).toEqual([])
  expect(text.match(/(PASSWORD|SECRET): (?!\$\{)/g)).toBeNull()
  expect(text.match(/:\/\/\w+:(?!\$\{)[^/\s]*@/g)).toBeNull()
  expect(ours.filter(([, service]) => service.read_only !== true)).toEqual([])
})
