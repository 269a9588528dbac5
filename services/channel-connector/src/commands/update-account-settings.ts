import type { Ids } from '@lockstep/contracts/ids'
import type { Kysely, Transaction } from 'kysely'
import type { SettingsChange } from '../domain/account-settings.ts'
import { isSameChange, type RuleChange } from '../domain/rule-change.ts'
import { type Account, lockAccount } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import { listLocationsOfAccount } from '../store/locations.ts'
import { refuseWithoutCredentials } from './account-credentials.ts'
import { checkConfirmation } from './check-confirmation.ts'
import { getAccount } from './get-account.ts'
import { inverseOf } from './inverse-of.ts'
import { keepChange } from './keep-change.ts'
import { putChange } from './put-change.ts'
import { putSettings } from './put-settings.ts'
import { refusal } from './refuse.ts'
import { refuseUnseenZeros } from './refuse-unseen-zeros.ts'

/** A change of settings as it is asked for. */
export interface UpdateAccountSettings {
  account: string
  change: SettingsChange
  confirmation: string
  /** What lets many zeros go; empty when none was given. */
  zerosConfirmation: string
  /** The version that the caller has seen; undefined changes whatever is there. */
  expectedVersion?: number | undefined
  actor: string
}

/** What a seller who sums Amazon's stock into their own must say, in words that name what it does. */
export const sumFbaConfirmation = 'sum-fba-stock'

/**
 * Changes the settings that are named. Whatever can alter a number has every linked listing considered again; what alters nothing leaves no trace.
 * More zeros than the share need their confirmation.
 */
export async function updateAccountSettings(
  tx: Transaction<ChannelDb>,
  deps: { ids: Ids; zerosSharePercent: number },
  command: UpdateAccountSettings,
): Promise<Account> {
  const { id } = await getAccount(tx, command.account)
  await lockAccount(tx, id)
  const account = await getAccount(tx, id)
  const { change, confirmation, zerosConfirmation, actor } = command
  refuseOtherVersion(account, command.expectedVersion)
  await refuseImpossible(tx, account, { change, confirmation })
  const wanted: RuleChange = { kind: 'settings', change }
  const isShown = await confirmSwitchingOn(tx, account, command)
  const inverse = await inverseOf(tx, account, wanted)
  if (isSameChange(wanted, inverse)) return account
  const put = { account, change: wanted, inverse, actor, known: [] }
  if (isShown || (await refuseUnseenZeros(tx, deps, { ...put, zerosConfirmation }))) {
    await putChange(tx, deps, { ...put, undoes: null })
    return getAccount(tx, id)
  }
  const after = await putSettings(tx, deps, { account, change, actor, reference: id })
  await keepChange(tx, deps, put)
  return after
}

/** Turning Update inventory on needs the confirmation of its dry run. Answers whether that has shown all of the change. */
async function confirmSwitchingOn(
  tx: Transaction<ChannelDb>,
  account: Account,
  { change, confirmation, zerosConfirmation }: UpdateAccountSettings,
): Promise<boolean> {
  // Given again while it is on, a confirmation lets the first number of listings go that came into conflict since.
  const confirmsAgain = confirmation !== '' && confirmation !== sumFbaConfirmation
  if (change.updateInventory !== true || (account.updateInventory && !confirmsAgain)) return false
  const shown = await checkConfirmation(tx, account, { confirmation, zerosConfirmation, change })
  return isSameChange(shown.change, { kind: 'settings', change })
}

/** Two people who change the same account: the second has not seen what the first has done. */
function refuseOtherVersion({ name, settingsVersion }: Account, expected: number | undefined): void {
  if (expected === undefined || expected === settingsVersion) return
  throw refusal('SETTINGS_MOVED_ON', {
    message: `the settings of ${name} are at version ${settingsVersion} by now, not ${expected}: somebody else has changed them`,
    field: 'expected_version',
    value: String(expected),
    nextStep: `look at them (lockstep accounts show ${name}), then change them with --if-version ${settingsVersion}`,
  })
}

/** Refuses what an account cannot be set to, or not without a word that names what it does. */
export async function refuseImpossible(
  db: Kysely<ChannelDb>,
  account: Account,
  { change, confirmation }: { change: SettingsChange; confirmation: string },
): Promise<void> {
  if (change.updateInventory === true && !account.updateInventory) refuseWithoutCredentials(account)
  refuseBothLeadTimes(account, change)
  if (change.channelSpecificStock === false && account.channelSpecificStock) {
    await refuseSummingFba(db, account, confirmation)
  }
}

/** A default and the items' own lead times exclude each other: nobody could say which one an item without a value gets. */
function refuseBothLeadTimes(account: Account, change: SettingsChange): void {
  const { productLeadTimes = account.productLeadTimes, defaultLeadTimeDays = account.defaultLeadTimeDays } = change
  if (!productLeadTimes || defaultLeadTimeDays === null) return
  const isNew = change.productLeadTimes === true
  throw refusal('SETTING_INVALID', {
    message: `a default lead time (${defaultLeadTimeDays} days) and lead times of the products exclude each other`,
    field: isNew ? 'product_lead_times' : 'default_lead_time_days',
    value: isNew ? 'true' : String(defaultLeadTimeDays),
    nextStep: `take one away: lockstep accounts settings ${account.name} --lead-time none, or --product-lead-times off`,
  })
}

/** Summing Amazon's units into what this account offers sells them twice, so it is asked for in so many words. */
async function refuseSummingFba(db: Kysely<ChannelDb>, account: Account, confirmation: string): Promise<void> {
  const locations = await listLocationsOfAccount(db, account.id)
  const fba = locations.filter(({ kind }) => kind === 'fba').map(({ name }) => `"${name}"`)
  if (fba.length === 0 || confirmation === sumFbaConfirmation) return
  throw refusal('CONFIRMATION_NEEDED', {
    message: `${fba.join(', ')} holds Amazon's own stock: summed into the number sent, its units are offered twice`,
    field: 'channel_specific_stock',
    value: 'false',
    nextStep: `take the location off the account, or repeat with the confirmation ${sumFbaConfirmation}`,
  })
}
