import type { Figure } from './benchmark.ts'
import type { CpuUse, Progress } from './hub-progress.ts'
import { cores } from './machine.ts'

const stages = ['ledger', 'relay', 'consumer', 'recompute'] as const

/** What came through per second: in all, in the slowest slice, and stage by stage. */
export function rateFigures(marks: readonly Progress[]): Figure[] {
  const first = marks[0]
  const last = marks.at(-1)
  if (!first || !last) return []
  const slices = marks.slice(1).map((mark, place) => perSecond(marks[place] ?? mark, mark, 'recompute'))
  return [
    { name: 'sustained_per_s', value: perSecond(first, last, 'recompute'), bar: { atLeast: 2_000 } },
    { name: 'slowest_10_s_per_s', value: Math.min(...slices) },
    ...stages.map((stage) => ({ name: `${stage}_per_s`, value: perSecond(first, last, stage) })),
  ]
}

function perSecond(from: Progress, to: Progress, stage: (typeof stages)[number]): number {
  return ((to[stage] - from[stage]) * 1_000) / (to.atMs - from.atMs)
}

type Span = readonly [CpuUse, CpuUse]

/**
 * Where the processor time went under load, by what a change costs in all processes together; the sending, which goes on at Amazon's pace whatever the number
 * of changes, is in it and stands beside it. The limit is what the cores would carry if nothing else ran on the machine and nothing ever waited.
 */
export function cpuFigures(marks: readonly Progress[], { load, alone }: { load: Span; alone: Span }): Figure[] {
  const changes = (marks.at(-1)?.recompute ?? 0) - (marks[0]?.recompute ?? 0)
  const used = coresUsed(load)
  const ours = sum(used.values())
  const sending = sum(coresUsed(alone).values())
  const msPerChange = (ours * secondsOf(load) * 1_000) / changes
  return [
    {
      name: 'cpu_ms_per_change',
      value: msPerChange,
      limit: {
        value: (cores * 1_000) / msPerChange,
        because: `changes a second on ${cores} cores of our own`,
      },
    },
    { name: 'cpu_sending_alone_percent', value: (sending * 100) / cores },
    ...[...used].map(([name, share]) => ({
      name: `cpu_${name.replaceAll('-', '_')}_percent`,
      value: (share * 100) / cores,
    })),
    { name: 'cpu_others_percent', value: Math.max(0, ((machineCores(load) - ours) * 100) / cores) },
  ]
}

function coresUsed([before, after]: Span): Map<string, number> {
  const share = (name: string, used: number): number =>
    (used - (before.byProcess.get(name) ?? 0)) / secondsOf([before, after])
  return new Map([...after.byProcess].map(([name, used]) => [name, share(name, used)]))
}

function machineCores([before, after]: Span): number {
  return (after.machine - before.machine) / secondsOf([before, after])
}

function secondsOf([before, after]: Span): number {
  return (after.atMs - before.atMs) / 1_000
}

function sum(values: Iterable<number>): number {
  return [...values].reduce((total, value) => total + value, 0)
}
