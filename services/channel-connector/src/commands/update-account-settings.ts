import type { Ids } from '@lockstep/contracts/ids'
import type { Transaction } from 'kysely'
import { altersNumbers, type SettingsChange } from '../domain/account-settings.ts'
import { announceAccountChanged } from '../events/account-changed.ts'
import { type Account, lockAccount, saveSettings } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import { stopListingsReports } from '../store/listings-reports.ts'
import { listLocationsOfAccount } from '../store/locations.ts'
import { queueRecomputeOfAccount } from '../store/recompute.ts'
import { refuseWithoutCredentials } from './account-credentials.ts'
import { makeListingsDue } from './authorise-account.ts'
import { checkConfirmation } from './dry-run.ts'
import { getAccount } from './get-account.ts'
import { refusal } from './refuse.ts'

/** A change of settings as it is asked for. */
export interface UpdateAccountSettings {
  account: string
  change: SettingsChange
  confirmation: string
  actor: string
}

/** What a seller who sums Amazon's stock into their own must say, in words that name what it does. */
export const sumFbaConfirmation = 'sum-fba-stock'

/** Changes the settings that are named. Whatever can alter a number has every linked listing considered again. */
export async function updateAccountSettings(
  tx: Transaction<ChannelDb>,
  deps: { ids: Ids },
  command: UpdateAccountSettings,
): Promise<Account> {
  const { id } = await getAccount(tx, command.account)
  await lockAccount(tx, id)
  const before = await getAccount(tx, id)
  await checkChange(tx, before, command)

  await saveSettings(tx, id, command.change)
  const after = await getAccount(tx, id)
  if (sameSettings(before, after)) return after
  if (before.enabled && !after.enabled) await stopListingsReports(tx, id)
  if (!before.enabled && after.enabled) await makeListingsDue(tx, after.connectionId)
  await announceAccountChanged(tx, deps.ids, after)
  if (altersNumbers(command.change)) {
    await queueRecomputeOfAccount(tx, id, {
      kind: 'setting_changed',
      reference: id,
      actor: command.actor,
      note: changedNames(command.change).join(', '),
    })
  }
  return after
}

async function checkChange(tx: Transaction<ChannelDb>, before: Account, command: UpdateAccountSettings): Promise<void> {
  const { change, confirmation } = command
  // Given again while it is on, a confirmation lets the first number of listings go that came into conflict since.
  const confirmsAgain = confirmation !== '' && confirmation !== sumFbaConfirmation
  if (change.updateInventory === true && (!before.updateInventory || confirmsAgain)) {
    refuseWithoutCredentials(before)
    await checkConfirmation(tx, before.id, confirmation)
  }
  if (change.channelSpecificStock === false && before.channelSpecificStock) {
    await refuseSummingFba(tx, before, confirmation)
  }
}

/** Summing Amazon's units into what this account offers sells them twice, so it is asked for in so many words. */
async function refuseSummingFba(tx: Transaction<ChannelDb>, account: Account, confirmation: string): Promise<void> {
  const locations = await listLocationsOfAccount(tx, account.id)
  const fba = locations.filter(({ kind }) => kind === 'fba').map(({ name }) => `"${name}"`)
  if (fba.length === 0 || confirmation === sumFbaConfirmation) return
  throw refusal('CONFIRMATION_NEEDED', {
    message: `${fba.join(', ')} holds Amazon's own stock: summed into the number sent, its units are offered twice`,
    field: 'channel_specific_stock',
    value: 'false',
    nextStep: `take the location off the account, or repeat with the confirmation ${sumFbaConfirmation}`,
  })
}

function sameSettings(one: Account, other: Account): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function changedNames(change: SettingsChange): string[] {
  return Object.entries(change)
    .filter(([, value]) => value !== undefined)
    .map(([name]) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`))
}
