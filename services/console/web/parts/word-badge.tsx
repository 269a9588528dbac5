import { Badge } from '@mantine/core'

import type { Word } from '../words/states.ts'

/** A state in a word: coloured, but readable without the colour. */
export function WordBadge({ word, count }: { word: Word; count?: number }) {
  return (
    <Badge color={word.color} variant="light" radius="sm" tt="none" fw={600} miw="max-content" title={word.meaning}>
      {count === undefined ? word.label : `${word.label} ${count}`}
    </Badge>
  )
}
