import { Readable } from 'node:stream'
import { expect, test } from '@jest/globals'

import { runCli } from './run-cli.ts'

test.each([
  ['an unknown command', ['nonsense'], "unknown command 'nonsense'"],
  ['no command', [], 'no command was given'],
  ['a missing argument', ['stock', 'set', 'A'], "missing required argument 'on-hand'"],
  ['an argument too many', ['stock', 'show', 'A', 'B'], 'too many arguments'],
  ['an unknown option', ['stock', 'show', 'A', '--colour'], "unknown option '--colour'"],
  ['a number that is none', ['stock', 'set', 'A', 'five'], 'on-hand is "five": give a whole number'],
  ['half a unit', ['stock', 'set', 'A', '1.5'], 'on-hand is "1.5": give a whole number'],
  ['a movement that people do not make', ['stock', 'adjust', 'A', '1', '--kind', 'despatch'], '--kind is "despatch"'],
  ['an incident of no kind', ['stock', 'incidents', '--kind', 'theft'], '--kind is "theft"'],
  ['a page of a CSV', ['stock', 'history', 'A', '--csv', '--page-size', '5'], '--csv gives all entries'],
  ['a transfer of no quantity', ['stock', 'transfer', 'send', 'A', 'B', 'SKU'], '"SKU" names no quantity'],
  ['a state that does not exist', ['orders', 'list', '--state', 'lost'], '--state is "lost"'],
  [
    'a switch that is neither on nor off',
    ['accounts', 'settings', 'UK', '--enabled', 'yes'],
    '--enabled is "yes": give on or off',
  ],
  ['both halves of a filter', ['mapping', 'list', 'UK', '--linked', '--unlinked'], 'not both'],
  ['a pause of nobody', ['sync', 'pause'], 'give an account, or --all'],
  ['a pause of one and all', ['sync', 'pause', 'UK', '--all'], 'give an account, or --all'],
  ['a moment that is none', ['why', 'UK', 'A', '--at', 'yesterday'], '--at is "yesterday"'],
  ['a moment that has not come', ['why', 'UK', 'A', '--at', '2999-01-01T00:00:00Z'], 'which has not come yet'],
  ['a file that is not there', ['items', 'import', '/does/not/exist.csv'], '"/does/not/exist.csv" cannot be read'],
  ['a kind of location that does not exist', ['locations', 'add', 'Moon', '--kind', 'fba'], '--kind is "fba"'],
  [
    'a despatch without a tracking number',
    ['orders', 'process', '1', '--carrier', 'X'],
    "required option '--tracking <number>'",
  ],
  [
    'a token on the command line',
    ['accounts', 'add', '--seller', 'A1', '--marketplace', 'UK', '--token', 'Atzr|x'],
    "unknown option '--token'",
  ],
  [
    'a token that nobody types',
    ['accounts', 'add', '--seller', 'A1', '--marketplace', 'UK'],
    'the refresh token is expected on standard input',
  ],
  [
    'a kind of location in another spelling',
    ['locations', 'add', 'Barn', '--kind', 'rented'],
    '--kind is "rented": give own or third_party',
  ],
  [
    'a price below 0',
    ['prices', 'set', 'UK', 'X', '-1 GBP'],
    'the price is "-1 GBP": give an amount of 0 or more and its currency, such as "9.99 GBP"',
  ],
  [
    'a retail price below 0',
    ['items', 'set', 'X', '--retail-price', '-1 GBP'],
    '--retail-price is "-1 GBP": give an amount of 0 or more',
  ],
  [
    'a tax rate beyond 100 %',
    ['items', 'set', 'X', '--tax-rate', '101'],
    '--tax-rate is "101": give a percentage from 0 to 100, or default',
  ],
  [
    'a moment that has not come',
    ['why', 'UK', 'A', '--at', '2999-01-01T00:00:00Z'],
    '--at is "2999-01-01T00:00:00Z", which has not come yet: give a past moment, or leave it out for now',
  ],
])('%s is bad usage: exit code 2, and one document with --json', async (_what, args, message) => {
  const forPeople = await cli(args)
  const forScripts = await cli([...args, '--json'])

  expect(forPeople).toMatchObject({ status: 2, out: '' })
  expect(forScripts).toMatchObject({ status: 2, out: '' })
  expect(JSON.parse(forScripts.err)).toEqual({
    error: {
      code: 'BAD_USAGE',
      message: expect.stringContaining(message),
      next_step: expect.stringMatching(/^lockstep --help lists the commands$|^name a file that can be read$/),
      field: null,
      value: null,
      candidates: [],
      lines: [],
      idempotency_key: null,
    },
  })
})

test.each([
  [['accounts', 'settings', 'UK'], '--max-listed', '0 to 1,000,000, or none to take it away'],
  [['accounts', 'settings', 'UK'], '--stock-percentage', '0 to 100, or none to take it away'],
  [['mapping', 'rules', 'UK', 'CUP'], '--end-when', '0 to 1,000,000, or none to take it away'],
  [['mapping', 'rules', 'UK', 'CUP'], '--lead-time', '1 to 30, or none to take it away'],
  [['accounts', 'settings', 'UK', '--max-listed', '3'], '--if-version', '1 to 2,147,483,647'],
  [['items', 'list'], '--page-size', '1 to 1,000'],
])('a number that no message holds is refused with field, value and range: %j %s', async (args, option, range) => {
  for (const value of ['2147483648', '99999999999', '9'.repeat(40)]) {
    const { status, err } = await cli([...args, option, value, '--json'])

    expect({ status, ...JSON.parse(err) }).toMatchObject({
      status: 2,
      error: {
        code: 'BAD_USAGE',
        field: option,
        value,
        message: `${option} is "${value}": give a whole number from ${range}`,
      },
    })
  }
})

test.each([
  [['stock', 'set', 'A', '9'.repeat(16)], 'on-hand'],
  [['stock', 'adjust', 'A', `+${'9'.repeat(16)}`], 'difference'],
  [['items', 'set', 'A', '--weight', '9'.repeat(16)], '--weight'],
])('a number of more digits than count exactly is refused as that: %j', async (args, field) => {
  expect(await cli(args)).toMatchObject({
    status: 2,
    err: expect.stringMatching(new RegExp(`^${field} is .*from -999,999,999,999,999 to 999,999,999,999,999`)),
  })
})

test('[S004-38] rules of a file that no message holds are told by their line, with their range', async () => {
  const csv = 'channel_sku,max_listed,lead_time_days\nA,99999999999,\nB,,99999999999\n'

  expect(await cli(['mapping', 'rules', 'UK', '--file', '-'], csv)).toMatchObject({
    status: 1,
    err: expect.stringMatching(
      /line 2 \(A\): max_listed is "99999999999": give a whole number from 0 to 1,000,000[^]*line 3 \(B\): lead_time_days is "99999999999": give a whole number from 1 to 30/,
    ),
  })
})

test.each([
  ['sku,title\n', 'correct the file'],
  ['code,title\nA,Cup\n', 'correct the file'],
  ['sku,colour\nA,blue\n', 'correct the file'],
  ['sku,title\nA,"Cup\n', 'correct the file'],
  ['sku;title\nA;Cup\n', 'repeat with --delimiter ";"'],
])('a CSV that cannot be read ends with what to do about it: %j', async (csv, nextStep) => {
  const { status, err } = await cli(['items', 'import', '-'], csv)

  expect(status).toBe(2)
  expect(err).toContain(`\nnext: ${nextStep}`)
})

test('help is no failure', async () => {
  expect(await cli(['orders', 'process', '--help'])).toMatchObject({ status: 0, err: '' })
})

test('an import without lines, or without its column, names what is missing', async () => {
  expect(await cli(['items', 'import', '-'], 'sku,title\n')).toMatchObject({
    status: 2,
    err: expect.stringContaining('no lines below its header'),
  })
  expect(await cli(['items', 'import', '-'], 'code,title\nA,Cup\n')).toMatchObject({
    status: 2,
    err: expect.stringContaining('no column "sku"'),
  })
})

test('a bad cell is told by its line, and nothing is asked of a service that has no line to judge', async () => {
  expect(await cli(['items', 'import', '-'], 'sku,on_hand\nA,many\nB,"1,000"\n=cmd,1\n')).toMatchObject({
    status: 1,
    err: expect.stringMatching(
      /line 2 \(A\): on_hand is "many"[^]*line 3 \(B\): on_hand is "1,000"[^]*line 4 \(=cmd\): sku "=cmd" is a formula/,
    ),
  })
  expect(await cli(['stock', 'import', '-'], 'sku;on_hand\nA;1\n')).toMatchObject({
    status: 2,
    err: expect.stringContaining('repeat with --delimiter ";"'),
  })
})

async function cli(args: readonly string[], input?: string): Promise<{ status: number; out: string; err: string }> {
  const written = { out: '', err: '' }
  const status = await runCli(args, {
    env: { LOCKSTEP_HOME: '/does/not/exist' },
    user: 'tester',
    stdin: input === undefined ? Object.assign(Readable.from([]), { isTTY: true }) : Readable.from([input]),
    out: (text) => (written.out += text),
    err: (text) => (written.err += text),
  })
  return { status, ...written }
}
