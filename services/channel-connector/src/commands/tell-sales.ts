import type { SalesFigures } from '@lockstep/pacing/group-events'
import type { GroupState } from '@lockstep/pacing/group-state'
import { salesSince } from '@lockstep/pacing/unseen'
import type { Transaction } from 'kysely'

import type { ChannelDb } from '../store/database.ts'
import { coverageOf } from '../store/order-coverage.ts'
import { listSales, type SaleRow } from '../store/order-sales.ts'
import { type GroupTurn, tell } from './group-turn.ts'

/**
 * Tells the planner what Amazon has sold of these SKUs as far as it is downloaded, and how far that reaches.
 * The reach is read first: whatever is inside it is then surely among the sales.
 */
export async function tellSales(tx: Transaction<ChannelDb>, turns: readonly GroupTurn[], now: number): Promise<void> {
  const asked = turns.flatMap((turn) => {
    const since = salesSince(turn.row.state)
    const { groupId, connectionId, channelSku } = turn.row
    return since === null ? [] : [{ turn, question: { groupId, connectionId, channelSku, since } }]
  })
  if (asked.length === 0) return
  const coverage = await coverageOf(
    tx,
    asked.map(({ question }) => question.groupId),
  )
  const rows = await listSales(
    tx,
    asked.map(({ question }) => question),
  )
  const sales = Map.groupBy(rows, (row) => row.groupId)
  for (const { turn } of asked) {
    const { groupId, state } = turn.row
    const figures = salesFigures(state, sales.get(groupId) ?? [])
    const bound = coverage.get(groupId)
    if (bound !== undefined && bound > (state.coveredUntil ?? 0)) {
      tell(turn, { kind: 'orders_covered', bound, figures }, now)
    } else if (isNews(state, figures)) {
      tell(turn, { kind: 'sales_recorded', figures }, now)
    }
  }
}

function salesFigures({ accepted }: GroupState, rows: readonly SaleRow[]): SalesFigures {
  const sales = rows.map(({ at, units, reflected }) => ({ at, units, reflected }))
  if (!accepted) return { sales, soldSinceAccepted: 0, acceptedVersion: 0 }
  // Order times are whole seconds: an order of the very second of the acceptance counts as after it.
  const from = Math.floor(accepted.at / 1000) * 1000
  const soldSinceAccepted = sales.filter((sale) => sale.at >= from).reduce((sum, sale) => sum + sale.units, 0)
  return { sales, soldSinceAccepted, acceptedVersion: accepted.version }
}

function isNews(state: GroupState, figures: SalesFigures): boolean {
  return (
    figures.soldSinceAccepted !== state.soldSinceAccepted ||
    JSON.stringify(figures.sales.map(saleKey)) !== JSON.stringify(state.sales.map(saleKey))
  )
}

function saleKey(sale: { at: number; units: number; reflected?: boolean }): unknown[] {
  return [sale.at, sale.units, sale.reflected !== false]
}
