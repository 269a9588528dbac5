import {
  PriceServiceService,
  type ListChannelPricesRequest,
  type ListChannelPricesResponse,
  type PreviewChannelPricesRequest,
  type PreviewChannelPricesResponse,
  type SetChannelPriceLine,
  type SetChannelPricesRequest,
  type SetChannelPricesResponse,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/price_service.ts'
import { unary, type CallContext } from '@lockstep/rpc/handler'
import { serviceBinding, type ServiceBinding } from '@lockstep/rpc/server'
import { previewChannelPrices, setChannelPrices } from '../commands/set-channel-prices.ts'
import type { CommandDeps } from '../commands/stock-transaction.ts'
import { listChannelPrices } from '../queries/list-channel-prices.ts'
import { moneyOf, priceOf } from './catalogue-messages.ts'
import { askedPage, lineRefusalMessage } from './messages.ts'
import { orRefuse } from './refusing.ts'

/** Channel prices over gRPC. */
export function priceService(deps: CommandDeps): ServiceBinding {
  return serviceBinding(PriceServiceService, {
    setChannelPrices: unary((request: SetChannelPricesRequest, context) => handleSet(deps, request, context)),
    previewChannelPrices: unary((request: PreviewChannelPricesRequest) => handlePreview(deps, request)),
    listChannelPrices: unary((request: ListChannelPricesRequest) => handleList(deps, request)),
  })
}

async function handleSet(
  deps: CommandDeps,
  { idempotencyKey, lines }: SetChannelPricesRequest,
  { actor }: CallContext,
): Promise<SetChannelPricesResponse> {
  const command = { idempotencyKey, actor, lines: lines.map(priceLineOf) }
  return orRefuse('SetChannelPrices', await setChannelPrices(deps, command))
}

const priceLineOf = ({ item, accountId, price }: SetChannelPriceLine) => ({ item, accountId, price: priceOf(price) })

async function handlePreview(
  deps: CommandDeps,
  { lines }: PreviewChannelPricesRequest,
): Promise<PreviewChannelPricesResponse> {
  const { results } = orRefuse('PreviewChannelPrices', await previewChannelPrices(deps, lines.map(priceLineOf)))
  const messages = results.map((result) => {
    if ('refusal' in result) {
      return { before: undefined, changes: false, refusal: lineRefusalMessage(result.refusal) }
    }
    return { before: result.before && moneyOf(result.before), changes: result.changes, refusal: undefined }
  })
  return { results: messages }
}

async function handleList(
  { db }: CommandDeps,
  { item, accountId, page }: ListChannelPricesRequest,
): Promise<ListChannelPricesResponse> {
  const asked = { item, accountId, page: askedPage(page) }
  const { prices, nextPageToken } = orRefuse('ListChannelPrices', await listChannelPrices(db, asked))
  const messages = prices.map(({ price, version, ...row }) => {
    return { ...row, price: moneyOf(price), version: BigInt(version) }
  })
  return { prices: messages, nextPageToken }
}
