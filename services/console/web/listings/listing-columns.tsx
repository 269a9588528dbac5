import { Anchor, Badge, Text } from '@mantine/core'
import { getRouteApi } from '@tanstack/react-router'

import type { ListingAnswer } from '../../src/wire/listing.ts'
import { Chain } from '../parts/chain.tsx'
import type { Column } from '../parts/data-table.tsx'
import { WordBadge } from '../parts/word-badge.tsx'
import { reasonText } from '../words/reasons.ts'
import { listingWord } from '../words/states.ts'

const route = getRouteApi('/listings')

/** What the table shows of a listing. */
export const listingColumns: readonly Column<ListingAnswer>[] = [
  { id: 'sku', header: 'Channel SKU', cell: (listing) => <Sku listing={listing} /> },
  { id: 'item', header: 'Item', cell: (listing) => <Item listing={listing} /> },
  { id: 'status', header: 'Status', cell: (listing) => <Status listing={listing} /> },
  {
    id: 'chain',
    header: 'From the shelf to Amazon',
    wide: true,
    cell: ({ chain, channelSku }) => <Chain stages={chain} label={`Chain of ${channelSku}`} />,
  },
]

function Sku({ listing: { channelSku, title, fba } }: { listing: ListingAnswer }) {
  const search = route.useSearch()
  return (
    <div>
      <Anchor
        renderRoot={(props) => <route.Link search={{ ...search, why: channelSku }} {...props} />}
        fw={600}
        className="mono sku"
        aria-label={`Why ${channelSku}`}
      >
        {channelSku}
      </Anchor>
      {fba && (
        <Badge ml={6} size="xs" color="grape" variant="light" radius="sm" title="Fulfilled by Amazon">
          FBA
        </Badge>
      )}
      <Text size="xs" c="dimmed" lineClamp={2} title={title}>
        {title}
      </Text>
    </div>
  )
}

function Item({ listing: { item } }: { listing: ListingAnswer }) {
  if (!item) {
    return (
      <Text size="sm" c="dimmed">
        not linked
      </Text>
    )
  }
  return <span className="mono sku">{item.sku}</span>
}

function Status({ listing: { active, ignoreSync, state, reason } }: { listing: ListingAnswer }) {
  return (
    <div>
      <WordBadge word={listingWord(state)} />
      {reason && state !== 'in_step' && (
        <Text size="xs" c="dimmed" mt={2}>
          {reasonText(reason)}
        </Text>
      )}
      {!active && (
        <Text size="xs" c="dimmed">
          inactive on Amazon
        </Text>
      )}
      {ignoreSync && (
        <Text size="xs" c="dimmed">
          ignored
        </Text>
      )}
    </div>
  )
}
