import {
  type ListPriceChangesRequest,
  type ListPriceChangesResponse,
  type PriceChange,
  PriceChangeServiceService,
  SetPriceChangeRequest,
  SetPriceChangeResponse,
} from '@lockstep/contracts/generated/lockstep/channel/v1/price_change_service.ts'
import { unary } from '@lockstep/rpc/handler'
import { type ServiceBinding, serviceBinding } from '@lockstep/rpc/server'

import { getAccount } from '../commands/get-account.ts'
import { refusal } from '../commands/refuse.ts'
import { lockAccount } from '../store/accounts.ts'
import { followsPrices, listPrices, savePriceChange, type ShownPrice } from '../store/price-changes.ts'
import { answerCommand, type CommandDeps } from './answer-command.ts'
import { cutPage, readPage } from './page.ts'

/** Price Change over gRPC. */
export function priceChangeServiceBinding(deps: CommandDeps): ServiceBinding {
  return serviceBinding(PriceChangeServiceService, {
    setPriceChange: unary((request: SetPriceChangeRequest) => handleSet(deps, request)),
    listPriceChanges: unary((request: ListPriceChangesRequest) => handleList(deps, request)),
  })
}

const setMethod = {
  name: 'PriceChangeService/SetPriceChange',
  request: SetPriceChangeRequest,
  response: SetPriceChangeResponse,
}

function handleSet(deps: CommandDeps, request: SetPriceChangeRequest): Promise<SetPriceChangeResponse> {
  return answerCommand(deps, { method: setMethod, request }, async (tx) => {
    const { id } = await getAccount(tx, request.account)
    await lockAccount(tx, id)
    await savePriceChange(tx, id, request.on)
    return { accountId: id, on: request.on }
  })
}

async function handleList(deps: CommandDeps, request: ListPriceChangesRequest): Promise<ListPriceChangesResponse> {
  const { id: accountId } = await getAccount(deps.db, request.account)
  const { limit, after } = readPage(request.page)
  const itemId = request.itemId.replaceAll('\u0000', '')
  const rows = await listPrices(deps.db, { accountId, itemId, before: readPlace(after), limit: limit + 1 })
  const page = cutPage(rows, limit, ({ place }) => place)
  return {
    on: await followsPrices(deps.db, accountId),
    changes: page.entries.map(priceChangeMessage),
    nextPageToken: page.nextPageToken,
  }
}

/** The time of a step and an item id, as the list gives them. */
function readPlace(after: string | null): { at: string; itemId: string } | null {
  if (after === null) return null
  const [, at, itemId] = /^(\d{4}-\d\d-\d\d [\d:.]+[+-]\d\d(?::?\d\d)?) (\S+)$/.exec(after) ?? []
  if (at !== undefined && itemId !== undefined) return { at, itemId }
  throw refusal('PAGE_INVALID', { message: 'the page token is not one of ours', field: 'page.token' })
}

function priceChangeMessage({
  itemId,
  itemSku,
  price,
  version,
  state,
  detail,
  jobId,
  stateAt,
}: ShownPrice): PriceChange {
  const amount = price && { minor: BigInt(price.minor), currency: price.currency }
  return { itemId, itemSku, price: amount, version: BigInt(version), state, detail, jobId, stateAt }
}
