import { NativeSelect } from '@mantine/core'

import type { AccountAnswer } from '../../src/wire/account.ts'

/** Which account is looked at. Addresses carry its name. */
export function AccountSelect(props: {
  accounts: readonly AccountAnswer[]
  value: string | undefined
  /** What stands for none; without it one is always chosen. */
  all?: string
  onChoose: (name: string | undefined) => void
}) {
  const { accounts, value, all, onChoose } = props
  const data = accounts.map(({ name, marketplace, sellerId }) => ({
    value: name,
    label: name === marketplace ? `${name} · ${sellerId}` : `${name} · ${marketplace}`,
  }))
  return (
    <NativeSelect
      label="Account"
      value={value ?? ''}
      data={all === undefined ? data : [{ value: '', label: all }, ...data]}
      onChange={({ currentTarget }) => onChoose(currentTarget.value === '' ? undefined : currentTarget.value)}
    />
  )
}

/** The account that an address names, by its name or id; the first when it names none. */
export function namedAccount(accounts: readonly AccountAnswer[], name: string | undefined): AccountAnswer | undefined {
  if (name === undefined) return accounts[0]
  return accounts.find((account) => account.name === name || account.id === name)
}
