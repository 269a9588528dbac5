import type {
  LinksChange,
  LocationsChange,
  PreviewChangeRequest,
  SettingsChange as SettingsChangeMessage,
} from '@lockstep/contracts/generated/lockstep/channel/v1/change_service.ts'

import { chosenLocations, mappingChange, refuseSummingFba, warningsOf } from '../commands/map-locations.ts'
import { chosenPolicy } from '../commands/choose-policy.ts'
import { refusal } from '../commands/refuse.ts'
import { refuseImpossible } from '../commands/update-account-settings.ts'
import type { LinkedItem, RuleChange } from '../domain/rule-change.ts'
import type { Account } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import type { Location } from '../store/locations.ts'
import type { Kysely } from 'kysely'
import { readLinks } from './read-links.ts'
import { checkRules, readListingRules, readSettings } from './read-rules.ts'

/** What reading a change needs to know. */
export interface ReadChangeDeps {
  db: Kysely<ChannelDb>
  listKnownLocations(context: { signal: AbortSignal }): Promise<Location[]>
  /** The items that inventory knows by these ids or SKUs, at most 1,000; by text, more than one where it may mean several. */
  findItems(items: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, readonly LinkedItem[]>>
  /** Has inventory tell what there is of these items. */
  fetchItems(itemIds: readonly string[], signal: AbortSignal): Promise<void>
}

/** A change as it was asked for, found possible. */
export interface AskedChange {
  change: RuleChange
  /** The locations that inventory knows; none unless the change maps some. */
  known: Location[]
  warnings: string[]
}

/** Reads what a preview is asked about; refuses whatever could not be made. */
export async function readChange(
  deps: ReadChangeDeps,
  account: Account,
  { request, signal }: { request: PreviewChangeRequest; signal: AbortSignal },
): Promise<AskedChange> {
  const { change } = request
  switch (change?.$case) {
    case 'settings':
      return readSettingsChange(deps, account, change.value)
    case 'locations':
      return readLocations(deps, account, { locations: change.value, signal })
    case 'links':
      return readLinksChange(deps, account, { message: change.value, signal })
    case 'rules':
      return plain({ kind: 'rules', rules: readListingRules(checkRules(change.value.rules)) })
    case 'policy':
      return plain({ kind: 'policy', ...(await chosenPolicy(deps.db, account, change.value)) })
    case undefined:
      throw invalid('change', 'no change is named', 'name one: settings, locations, links, rules or policy')
    default:
      return change satisfies never
  }
}

async function readSettingsChange(
  { db }: ReadChangeDeps,
  account: Account,
  { confirmation, ...given }: SettingsChangeMessage,
): Promise<AskedChange> {
  const change = readSettings(given)
  if (Object.keys(change).length === 0) throw invalid('settings', 'no setting is named', 'name at least one')
  await refuseImpossible(db, account, { change, confirmation })
  return plain({ kind: 'settings', change })
}

function plain(change: RuleChange): AskedChange {
  return { change, known: [], warnings: [] }
}

async function readLocations(
  deps: ReadChangeDeps,
  account: Account,
  { locations, signal }: { locations: LocationsChange; signal: AbortSignal },
): Promise<AskedChange> {
  const known = await deps.listKnownLocations({ signal })
  const { summed, orders } = chosenLocations({ ...locations, known })
  refuseSummingFba(account, summed)
  return { change: mappingChange(summed, orders), known, warnings: warningsOf(account, summed, orders) }
}

async function readLinksChange(
  deps: ReadChangeDeps,
  account: Account,
  asked: { message: LinksChange; signal: AbortSignal },
): Promise<AskedChange> {
  const { links, warnings } = await readLinks(deps, account, asked)
  // An item that nothing was linked to is not known here yet, and unknown is not 0.
  const itemIds = links.flatMap(({ item }) => (item ? [item.id] : []))
  await deps.fetchItems([...new Set(itemIds)], asked.signal)
  return { change: { kind: 'links', links }, known: [], warnings }
}

function invalid(field: string, message: string, nextStep: string): Error {
  return refusal('FIELD_INVALID', { message, field, nextStep })
}
