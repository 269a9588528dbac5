import {
  InventoryServiceService,
  LocationKind,
} from '@lockstep/contracts/generated/lockstep/inventory/v1/inventory_service.ts'
import {
  type Report,
  ReportServiceService,
  ReportState,
  type RequestReportRequest,
  type StreamRowsRequest,
} from '@lockstep/contracts/generated/lockstep/report/v1/report_service.ts'
import { inventoryReasons } from '@lockstep/contracts/reasons'
import { serverStream, unary } from '@lockstep/rpc/handler'
import { refusal } from '@lockstep/rpc/refusal'
import { startServer } from '@lockstep/rpc/server'
import { pino } from 'pino'

/** An item that inventory knows. */
export interface TestItem {
  id: string
  sku: string
}

/** What inventory and report know and were asked. Change it as the test goes. */
export interface Peers extends AsyncDisposable {
  address: string
  items: TestItem[]
  locations: { id: string; name: string; kind: LocationKind; isDefault: boolean }[]
  reportRequests: RequestReportRequest[]
  /** Columns and rows of a report, by its id. */
  documents: Map<string, { columns: string[]; rows: string[][] }>
}

/** Inventory and report over real gRPC, on one port, as far as the connector asks them. */
export async function startPeers(): Promise<Peers> {
  const state = {
    items: [] as TestItem[],
    locations: [
      { id: 'loc_default', name: 'Default', kind: LocationKind.OWN, isDefault: true },
      { id: 'loc_second', name: 'Second', kind: LocationKind.OWN, isDefault: false },
      { id: 'loc_fba', name: 'FBA EU', kind: LocationKind.FBA, isDefault: false },
    ],
    reportRequests: [] as RequestReportRequest[],
    documents: new Map<string, { columns: string[]; rows: string[][] }>(),
  }
  const server = await startServer({
    port: 0,
    log: pino({ level: 'silent' }),
    services: [
      {
        definition: InventoryServiceService,
        implementation: {
          getItem: unary(async ({ item }: { item: string }) => {
            const found = state.items.find(({ id, sku }) => id === item || sku === item)
            if (!found) throw refusal(inventoryReasons, 'ITEM_UNKNOWN', { message: `there is no item "${item}"` })
            return { item: { ...found, title: found.sku, kit: false, createdAt: undefined } }
          }),
          listLocations: unary(async () => ({ locations: state.locations })),
        },
      },
      {
        definition: ReportServiceService,
        implementation: {
          requestReport: unary(async (request: RequestReportRequest) => {
            const isKnown = state.reportRequests.some(({ accountId }) => accountId === request.accountId)
            state.reportRequests.push(request)
            return { report: aReport(request.accountId), alreadyUnderWay: isKnown }
          }),
          streamRows: serverStream(async function* ({ reportId }: StreamRowsRequest) {
            const { columns, rows } = state.documents.get(reportId) ?? { columns: [], rows: [] }
            yield { columns, rows: [] }
            const numbered = rows.map((cells, index) => ({ number: BigInt(index + 1), cells, lostCharacters: false }))
            for (let first = 0; first < numbered.length; first += 500) {
              yield { columns: [], rows: numbered.slice(first, first + 500) }
            }
          }),
        },
      },
    ],
  })
  return Object.assign(state, {
    address: `127.0.0.1:${server.port}`,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  })
}

/** A listings report of an account, just asked for. */
export function aReport(accountId: string, more: Partial<Report> = {}): Report {
  const now = new Date()
  return {
    id: 'rpt_1',
    accountId,
    reportType: 'GET_MERCHANT_LISTINGS_ALL_DATA',
    state: ReportState.SUBMITTED,
    requestedAt: now,
    stateAt: now,
    rows: 0n,
    rowsWithLostCharacters: 0n,
    reason: '',
    channelReportId: '',
    nextCheckAt: undefined,
    ...more,
  }
}
