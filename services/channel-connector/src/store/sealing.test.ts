import { randomBytes } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { loadSealingKeys, SealBrokenError, sealingKeys } from './sealing.ts'

const token = 'Atzr|IwEBIB-example'

test('[R25] a sealed token opens for its owner only', () => {
  const keys = sealingKeys([randomBytes(32)])
  const sealed = keys.seal(token, 'con_1')

  expect(keys.open(sealed, 'con_1')).toBe(token)
  expect(() => keys.open(sealed, 'con_2')).toThrow(SealBrokenError)
})

test('[R25] the sealed bytes hold nothing of the token, and no two are alike', () => {
  const keys = sealingKeys([randomBytes(32)])
  const [first, second] = [keys.seal(token, 'con_1'), keys.seal(token, 'con_1')]

  expect(Buffer.from(first.bytes).toString('latin1')).not.toContain('Atzr')
  expect(Buffer.from(first.bytes).equals(Buffer.from(second.bytes))).toBe(false)
})

test('[R25] one changed bit, or another key id, does not open', () => {
  const keys = sealingKeys([randomBytes(32)])
  const sealed = keys.seal(token, 'con_1')
  const changed = Buffer.from(sealed.bytes)
  changed.writeUInt8(changed.readUInt8(20) ^ 1, 20)

  expect(() => keys.open({ ...sealed, bytes: changed }, 'con_1')).toThrow(SealBrokenError)
  expect(() => keys.open({ ...sealed, keyId: 'other' }, 'con_1')).toThrow('does not hold')
  expect(() => keys.open({ ...sealed, bytes: Buffer.of(1, 2, 3) }, 'con_1')).toThrow(SealBrokenError)
})

test('[R25] a new key in front seals, the old one still opens', () => {
  const [old, fresh] = [randomBytes(32), randomBytes(32)]
  const sealed = sealingKeys([old]).seal(token, 'con_1')
  const both = sealingKeys([fresh, old])

  expect(both.open(sealed, 'con_1')).toBe(token)
  expect(both.seal(token, 'con_1').keyId).not.toBe(sealed.keyId)
})

test('[R25] a key file is read line by line, and a wrong key is named', async () => {
  const path = join(await mkdtemp(join(tmpdir(), 'lockstep-keys-')), 'keys')
  await writeFile(path, `${randomBytes(32).toString('base64')}\n\n${randomBytes(32).toString('base64')}\n`)
  const keys = await loadSealingKeys(path)
  expect(keys.open(keys.seal(token, 'con_1'), 'con_1')).toBe(token)

  await writeFile(path, `${randomBytes(16).toString('base64')}\n`)
  await expect(loadSealingKeys(path)).rejects.toThrow('key 1: has 16 bytes')
  await writeFile(path, '')
  await expect(loadSealingKeys(path)).rejects.toThrow('no sealing key')
})
