import type { PreviewChangeRequest } from '@lockstep/contracts/generated/lockstep/channel/v1/change_service.ts'
import { call } from '@lockstep/rpc/client'

import { AMAZON_TIMEOUT_MS } from '../command.ts'
import type { CliContext } from '../context.ts'
import { orDash, type Output, table } from '../output.ts'
import { previewShape } from '../shapes/changes.ts'

/** Shows what a change would do, and how to make exactly that. */
export async function previewOutput(
  context: CliContext,
  wanted: { account: string; change: NonNullable<PreviewChangeRequest['change']> },
): Promise<Output> {
  const answer = await call(
    context.clients.changes,
    'previewChange',
    { ...wanted, limit: 0 },
    { timeoutMs: AMAZON_TIMEOUT_MS, actor: context.actor },
  )
  const json = previewShape(answer)
  return { json, text: previewText(json) }
}

type Preview = Omit<ReturnType<typeof previewShape>, 'confirmation' | 'account'>

function previewText(json: ReturnType<typeof previewShape>): string {
  if (changesNothing(json)) return `${shownText(json)}\nit is so already: there is nothing to do\n`
  return `${shownText(json)}\nto do exactly this: lockstep changes apply ${json.confirmation}${zerosFlag(json)}\n`
}

/** Everything is set as asked already, and there is no conflict to settle. */
const changesNothing = ({ values, changes, stops, conflicts }: Preview): boolean =>
  values.length < MOST_VALUES && values.every(({ from, to }) => from === to) && changes + stops + conflicts.length === 0

/** The service names so many values of a change, and no more. */
const MOST_VALUES = 100

/** The option that lets many zeros go; empty when few do. */
export function zerosFlag({ zeros_confirmation: zeros }: Pick<Preview, 'zeros_confirmation'>): string {
  return zeros === null ? '' : ` --zeros ${zeros}`
}

/** What is set, and which listings are sent what then. */
export function shownText(json: Preview): string {
  const values = json.values.map(({ channel_sku: sku, name, from, to }) => [
    orDash(sku),
    name,
    orDash(from),
    orDash(to),
  ])
  const lines = json.lines.map((line) => [
    line.channel_sku,
    line.accounts.join(', '),
    orDash(line.from),
    line.to === null ? `stays (${orDash(line.gate)})` : String(line.to),
    orDash(line.lead_time_days),
  ])
  const more = json.changes + json.stops - json.lines.length
  return [
    table(['CHANNEL SKU', 'SETTING', 'FROM', 'TO'], values),
    values.length < MOST_VALUES ? '' : `the first ${String(MOST_VALUES)} are shown\n`,
    `\n${summary(json)}\n\n`,
    table(['CHANNEL SKU', 'LISTED BY', 'FROM', 'TO', 'LEAD TIME'], lines),
    more > 0 ? `and ${String(more)} more\n` : '',
    json.conflicts.map((conflict) => `conflict: ${conflict}\n`).join(''),
    json.warnings.map((warning) => `warning: ${warning}\n`).join(''),
  ].join('')
}

function summary(json: Preview): string {
  const counts = [
    `${String(json.changes)} writes (${String(json.zeros)} listings to zero)`,
    `${String(json.stops)} SKUs sent nothing any more`,
    `${String(json.unchanged)} stay`,
    `${String(json.gated)} held by a gate`,
  ]
  return `${counts.join(', ')}; about ${json.duration_seconds.toFixed(0)} s`
}
