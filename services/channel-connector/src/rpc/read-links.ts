import type { LinksChange } from '@lockstep/contracts/generated/lockstep/channel/v1/change_service.ts'
import type { RefusedLine } from '@lockstep/rpc/refusal'
import type { Kysely } from 'kysely'

import { refusal } from '../commands/refuse.ts'
import type { LinkedItem } from '../domain/rule-change.ts'
import { type ListingPage, listListings } from '../queries/list-listings.ts'
import type { Account } from '../store/accounts.ts'
import type { ChannelDb } from '../store/database.ts'
import { listRuledListings } from '../store/listing-rules.ts'

/** What reading links needs to know. */
export interface ReadLinksDeps {
  db: Kysely<ChannelDb>
  findItems(items: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, readonly LinkedItem[]>>
}

/** A link as it is asked for; without an item it is taken away. */
export interface AskedLink {
  channelSku: string
  item: LinkedItem | null
}

const mostLinks = 1_000

/** The links that are asked for, by name or by equal SKUs. Every line of several that could not be made is named. */
export async function readLinks(
  deps: ReadLinksDeps,
  account: Account,
  { message, signal }: { message: LinksChange; signal: AbortSignal },
): Promise<{ links: AskedLink[]; warnings: string[] }> {
  const { links, allBySku } = message
  if (allBySku && links.length > 0) throw invalid('links are named beside all by SKU', 'ask for one of the two')
  if (allBySku) return equalSkus(deps, account, signal)
  const skus = new Set(links.map(({ channelSku }) => channelSku))
  if (links.length === 0 || links.length > mostLinks) {
    throw invalid(`${links.length} links are named`, 'name 1 to 1,000')
  }
  if (skus.size < links.length) throw invalid('a SKU is named twice', 'name each once')
  return { links: await namedLinks(deps, account, { links, signal }), warnings: [] }
}

async function namedLinks(
  deps: ReadLinksDeps,
  account: Account,
  { links, signal }: { links: LinksChange['links']; signal: AbortSignal },
): Promise<AskedLink[]> {
  const texts = [...new Set(links.map(({ item }) => item).filter((item) => item !== ''))]
  const found = texts.length === 0 ? new Map<string, LinkedItem[]>() : await deps.findItems(texts, signal)
  const problems = links.map(({ item }) => (item === '' ? undefined : itemProblem(item, found.get(item) ?? [])))
  const [only] = problems
  if (links.length === 1 && only) throw refusal(only.reason, only)
  const unknown = links.length === 1 ? new Set<string>() : await unknownSkus(deps.db, account, links)
  const bad = links.flatMap(({ channelSku }, index): RefusedLine[] => {
    const isUnknown = unknown.has(channelSku)
    const problem = isUnknown ? listingProblem(account, channelSku) : problems[index]
    return problem ? [{ ...problem, index, item: channelSku.slice(0, 60) }] : []
  })
  if (bad.length > 0) throw linesRefused(bad, links.length)
  return links.map(({ channelSku, item }) => {
    const [meant] = found.get(item) ?? []
    return { channelSku, item: item === '' || !meant ? null : { id: meant.id, sku: meant.sku } }
  })
}

interface LinkProblem {
  reason: 'ITEM_UNKNOWN' | 'AMBIGUOUS' | 'LISTING_UNKNOWN'
  message: string
  field: string
  value: string
  candidates?: string[]
}

function itemProblem(text: string, meant: readonly LinkedItem[]): LinkProblem | undefined {
  const about = { field: 'item', value: text.slice(0, 60) }
  if (meant.length === 0) return { reason: 'ITEM_UNKNOWN', message: `there is no item "${about.value}"`, ...about }
  if (meant.length === 1) return undefined
  const message = `"${about.value}" is the id of one item and the SKU of another`
  return { reason: 'AMBIGUOUS', message, candidates: meant.map(({ id }) => id), ...about }
}

function listingProblem({ name }: Account, channelSku: string): LinkProblem {
  const value = channelSku.slice(0, 60)
  return { reason: 'LISTING_UNKNOWN', message: `${name} has no listing "${value}"`, field: 'channel_sku', value }
}

async function unknownSkus(
  db: Kysely<ChannelDb>,
  account: Account,
  links: LinksChange['links'],
): Promise<ReadonlySet<string>> {
  const skus = links.map(({ channelSku }) => channelSku)
  // A zero character cannot be asked for in a text column.
  const possible = skus.filter((sku) => !sku.includes('\u0000'))
  const known = new Set((await listRuledListings(db, account.id, possible)).map(({ channelSku }) => channelSku))
  return new Set(skus.filter((sku) => !known.has(sku)))
}

function linesRefused(bad: readonly RefusedLine[], lines: number): Error {
  const [first] = bad
  return refusal('BULK_LINES_REFUSED', {
    message: `${bad.length} of ${lines} links refused, nothing was changed; link ${(first?.index ?? 0) + 1} (${first?.item ?? ''}): ${first?.message ?? ''}`,
    field: 'links',
    lines: bad,
  })
}

/** [S002-34] [S003-29] Every unlinked listing whose SKU is an item's, byte for byte; the first thousand of them. */
async function equalSkus(
  deps: ReadLinksDeps,
  account: Account,
  signal: AbortSignal,
): Promise<{ links: AskedLink[]; warnings: string[] }> {
  const links: AskedLink[] = []
  for (let after: string | null = null; links.length <= mostLinks;) {
    const wanted: ListingPage = { accountId: account.id, filter: 'unlinked', search: '', after, limit: mostLinks }
    const skus: string[] = (await listListings(deps.db, wanted)).map(({ channelSku }) => channelSku)
    const last = skus.at(-1)
    if (last === undefined) break
    const found = await deps.findItems(skus, signal)
    links.push(...skus.flatMap((sku) => equalTo(sku, found.get(sku) ?? [])))
    after = last
  }
  if (links.length === 0) {
    const nextStep = `create the items first (lockstep items import), or link by hand: lockstep mapping link ${account.name} <channel-sku> <item>`
    throw invalid(`no unlinked listing of ${account.name} has the SKU of an item`, nextStep)
  }
  const more = 'there are more than 1,000: these are the first, the same command shows the next ones afterwards'
  return { links: links.slice(0, mostLinks), warnings: links.length > mostLinks ? [more] : [] }
}

function equalTo(channelSku: string, meant: readonly LinkedItem[]): AskedLink[] {
  const item = meant.find(({ sku }) => sku === channelSku)
  return item ? [{ channelSku, item: { id: item.id, sku: item.sku } }] : []
}

function invalid(message: string, nextStep: string): Error {
  return refusal('FIELD_INVALID', { message, field: 'links', nextStep })
}
