import { parseArgs } from 'node:util'
import type { Benchmark } from './benchmark.ts'
import { isMet } from './benchmark.ts'
import { burst } from './burst.ts'
import { catalogue } from './catalogue.ts'
import { fairness } from './fairness.ts'
import { hub } from './hub.ts'
import { cores, loadNow } from './machine.ts'
import { ledger } from './ledger.ts'
import { itemSearch } from './item-search.ts'
import { oversell } from './oversell.ts'
import { quietChange } from './quiet-change.ts'
import { quietMinutes } from './quiet-minutes.ts'
import { resultJson, resultTable } from './results.ts'
import { recovery } from './recovery.ts'
import { saturated } from './saturated.ts'
import { stagger } from './stagger.ts'
import { start } from './start.ts'

const benchmarks: readonly Benchmark[] = [
  quietChange,
  hub,
  ledger,
  catalogue,
  quietMinutes,
  saturated,
  fairness,
  recovery,
  stagger,
  burst,
  oversell,
  start,
  itemSearch,
]

process.exitCode = await main(process.argv.slice(2))

/** 0 when every bar is met, 1 when one is missed or the measurement failed, 2 for a wrong argument. */
async function main(args: readonly string[]): Promise<number> {
  const asked = read(args)
  if ('problem' in asked) {
    process.stderr.write(`${asked.problem}\n\n${list()}`)
    return 2
  }
  const { benchmark, json, minutes } = asked
  if (!benchmark) {
    process.stdout.write(list())
    return 0
  }
  const before = loadNow()
  const figures = await benchmark.run({ minutes, say })
  process.stdout.write(`\n${benchmark.name}: ${benchmark.summary}\n\n${resultTable(figures)}\n\n`)
  process.stdout.write(`load before ${before.toFixed(1)}, after ${loadNow().toFixed(1)}, on ${cores} cores\n`)
  if (json) process.stdout.write(`${resultJson(benchmark.name, figures)}\n`)
  return figures.every(isMet) ? 0 : 1
}

function say(line: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)}  ${line}\n`)
}

type Asked = { benchmark: Benchmark | undefined; json: boolean; minutes: number | undefined } | { problem: string }

function read(args: readonly string[]): Asked {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean', default: false }, minutes: { type: 'string' } },
    })
    const [name] = positionals
    const benchmark = benchmarks.find((candidate) => candidate.name === name)
    if (name !== undefined && !benchmark) return { problem: `there is no benchmark "${name}"` }
    const minutes = values.minutes === undefined ? undefined : Number(values.minutes)
    if (minutes !== undefined && !(minutes > 0)) {
      return { problem: `--minutes: "${values.minutes}" is no time: give a number above 0, such as 2` }
    }
    return { benchmark, json: values.json, minutes }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}

function list(): string {
  const width = Math.max(...benchmarks.map(({ name }) => name.length))
  const lines = benchmarks.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`)
  return `npm run bench -- <name> [--json] [--minutes <n>]\n\n${lines.join('\n')}\n`
}
