import { TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { IconSearch } from '@tabler/icons-react'
import { useState } from 'react'

const TYPING_MS = 300

/** A search that goes out when typing pauses. */
export function SearchBox(props: {
  label: string
  placeholder: string
  value: string | undefined
  onSearch: (text: string | undefined) => void
}) {
  const { label, placeholder, value, onSearch } = props
  const [typed, setTyped] = useState(value ?? '')
  const [known, setKnown] = useState(value)
  const search = useDebouncedCallback((text: string) => onSearch(text === '' ? undefined : text), TYPING_MS)
  // Going back in the history changes the address, and the field follows it.
  if (known !== value) {
    setKnown(value)
    if ((value ?? '') !== typed) setTyped(value ?? '')
  }
  return (
    <TextInput
      type="search"
      label={label}
      placeholder={placeholder}
      value={typed}
      maxLength={200}
      leftSection={<IconSearch size={16} aria-hidden />}
      onChange={({ currentTarget }) => {
        setTyped(currentTarget.value)
        search(currentTarget.value)
      }}
    />
  )
}
