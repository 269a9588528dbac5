import { isMet, type Bar, type Figure } from './benchmark.ts'

/** The table that a person reads: figure, bar, theoretical limit. */
export function resultTable(figures: readonly Figure[]): string {
  const head = ['figure', 'value', 'bar', '', 'theoretical limit']
  const rows = figures.map((figure) => [
    figure.name,
    number(figure.value),
    figure.bar ? barText(figure.bar) : '',
    figure.bar ? (isMet(figure) ? 'met' : 'MISSED') : '',
    figure.limit ? `${number(figure.limit.value)} (${figure.limit.because})` : '',
  ])
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)))
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column === 1 ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()
  return [line(head), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)].join('\n')
}

/** The line that a script reads. */
export function resultJson(bench: string, figures: readonly Figure[]): string {
  return JSON.stringify({
    bench,
    figures: Object.fromEntries(figures.map(({ name, value }) => [name, rounded(value)])),
    bars: Object.fromEntries(
      figures.flatMap((figure) => (figure.bar ? [[figure.name, barJson(figure, figure.bar)]] : [])),
    ),
    ok: figures.every(isMet),
  })
}

function barJson(figure: Figure, bar: Bar): object {
  return 'atMost' in bar ? { at_most: bar.atMost, met: isMet(figure) } : { at_least: bar.atLeast, met: isMet(figure) }
}

function barText(bar: Bar): string {
  return 'atMost' in bar ? `≤ ${number(bar.atMost)}` : `≥ ${number(bar.atLeast)}`
}

function number(value: number): string {
  return rounded(value).toLocaleString('en-GB', { maximumFractionDigits: 3 })
}

/** Three digits that mean something are enough; whole numbers stay whole. */
function rounded(value: number): number {
  if (!Number.isFinite(value) || Math.abs(value) >= 100) return Math.round(value)
  return Number(value.toPrecision(3))
}
