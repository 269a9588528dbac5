import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { createTestFolder } from '@lockstep/testkit/test-folder'
import { parseAllDocuments } from 'yaml'
import { readObjects } from '../src/objects.ts'
import { readRendered } from '../src/rendered.ts'
import { secretReferences } from '../src/secrets-policy.ts'

const script = join(import.meta.dirname, '..', 'src', 'local-secrets.ts')

test('[OP15] the secrets made for a local cluster are those its manifests refer to, no more and no fewer', () => {
  using folder = createTestFolder('local-secrets')
  const file = join(folder.path, 'amazon.env')
  const application = 'AMAZON_LWA_CLIENT_ID=id\nAMAZON_LWA_CLIENT_SECRET=canary\nAMAZON_APPLICATION_ID=app\n'
  const queue = ['ACCESS_KEY_ID', 'SECRET_ACCESS_KEY'].map((name) => `CHANNEL_CONNECTOR_NOTIFICATIONS_${name}=canary`)
  writeFileSync(file, `${application}AMAZON_LWA_SECRET_ISSUED_AT=2026-11-27\n${queue.join('\n')}\n`)

  const { stdout } = spawnSync(process.execPath, [script, file], { encoding: 'utf8' })
  const secrets = parseAllDocuments(stdout).map((document) => document.toJS() as Secret)

  const made = secrets.flatMap(({ metadata, stringData }) =>
    Object.keys(stringData).map((key) => `${metadata.name}/${key}`),
  )
  expect(made.toSorted()).toEqual(secretReferences(readObjects(readRendered('local'))))
})

test('what is missing of the application is named', () => {
  const { status, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8' })

  expect(status).toBe(2)
  expect(stderr).toContain('AMAZON_LWA_CLIENT_ID, AMAZON_LWA_CLIENT_SECRET, AMAZON_APPLICATION_ID: missing')
})

interface Secret {
  metadata: { name: string }
  stringData: Record<string, string>
}
