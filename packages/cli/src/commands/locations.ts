import { call } from '@lockstep/rpc/client'
import { LocationKind } from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import type { Command } from 'commander'

import { type Given, type Run, TIMEOUT_MS } from '../command.ts'
import type { CliContext } from '../context.ts'
import { type Output, table, UsageError } from '../output.ts'
import { accountShape } from '../shapes/accounts.ts'
import { locationShape } from '../shapes/stock.ts'
import { previewOutput } from './preview.ts'

/** locations list, add, rename, remove, map. */
export function addLocationCommands(program: Command, run: Run): void {
  const locations = program.command('locations').description('places that hold stock')
  locations.command('list').description('list the locations').action(run(listLocations))
  locations
    .command('add <name>')
    .description('create a location')
    .option('--kind <kind>', 'own or third_party', 'own')
    .action(run(addLocation))
  locations
    .command('rename <location> <name>')
    .description('give a location another name; its stock and history stay')
    .action(run(renameLocation))
  locations
    .command('remove <location>')
    .description('remove a location that nothing uses; its history stays')
    .action(run(removeLocation))
  locations
    .command('map <account> <location...>')
    .description('choose the locations whose stock an account sells')
    .option('--orders <location>', 'the location that its orders go to; the first one when not given')
    .option('--dry-run', 'show what would be sent, and change nothing')
    .action(run(mapLocations))
}

async function listLocations(context: CliContext): Promise<Output> {
  const answer = await call(
    context.clients.inventory,
    'listLocations',
    {},
    { timeoutMs: TIMEOUT_MS, actor: context.actor, readOnly: true },
  )
  const locations = answer.locations.map(locationShape)
  const rows = locations.map((location) => [location.name, location.kind, location.id])
  return { json: { locations, next_page_token: null }, text: table(['NAME', 'KIND', 'ID'], rows) }
}

const kinds = { own: LocationKind.OWN, third_party: LocationKind.THIRD_PARTY } as const
const isKind = (text: string): text is keyof typeof kinds => text in kinds

async function addLocation(context: CliContext, { args, options }: Given<{ kind: string }>): Promise<Output> {
  const [name = ''] = args
  const kind = options.kind.replaceAll('-', '_')
  if (!isKind(kind)) throw new UsageError(`--kind is "${options.kind}": give own or third_party`)
  const { location } = await call(
    context.clients.inventory,
    'createLocation',
    { idempotencyKey: context.idempotencyKey, name, kind: kinds[kind] },
    { timeoutMs: TIMEOUT_MS, actor: context.actor },
  )
  if (!location) throw new Error('the answer holds no location')
  return { json: { location: locationShape(location) }, text: `created ${location.name} (${location.id})\n` }
}

async function renameLocation(context: CliContext, { args }: Given<object>): Promise<Output> {
  const [location = '', name = ''] = args
  const request = { idempotencyKey: context.idempotencyKey, location, name }
  const settings = { timeoutMs: TIMEOUT_MS, actor: context.actor }
  const answer = await call(context.clients.locations, 'renameLocation', request, settings)
  if (!answer.location) throw new Error('the answer holds no location')
  return {
    json: { location: locationShape(answer.location) },
    text: `${location} is called ${answer.location.name} now\n`,
  }
}

async function removeLocation(context: CliContext, { args }: Given<object>): Promise<Output> {
  const [location = ''] = args
  const request = { idempotencyKey: context.idempotencyKey, location }
  const settings = { timeoutMs: TIMEOUT_MS, actor: context.actor }
  const answer = await call(context.clients.locations, 'removeLocation', request, settings)
  if (!answer.location) throw new Error('the answer holds no location')
  return { json: { location: locationShape(answer.location) }, text: `${answer.location.name} is removed\n` }
}

interface MapOptions {
  readonly orders?: string
  readonly dryRun?: boolean
}

async function mapLocations(context: CliContext, { args, options }: Given<MapOptions>): Promise<Output> {
  const [account = '', ...locations] = args
  if (options.dryRun === true) {
    const value = { locations, orderLocation: options.orders ?? '' }
    return previewOutput(context, { account, change: { $case: 'locations', value } })
  }
  const answer = await call(
    context.clients.accounts,
    'mapLocations',
    { idempotencyKey: context.idempotencyKey, account, locations, orderLocation: options.orders ?? '' },
    { timeoutMs: TIMEOUT_MS, actor: context.actor },
  )
  if (!answer.account) throw new Error('the answer holds no account')
  return {
    json: { account: accountShape(answer.account), warnings: answer.warnings },
    text: `${answer.account.name} sells the stock of ${locations.join(', ')}\n${answer.warnings.map((warning) => `warning: ${warning}\n`).join('')}`,
  }
}
