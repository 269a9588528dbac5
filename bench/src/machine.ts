import { readdirSync, readFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'

/** How many cores there are. */
export const cores = availableParallelism()

/** The machine's load of the last minute: how many threads ran or waited to run. */
export function loadNow(): number {
  return loadavg()[0] ?? Number.NaN
}

/** Seconds that all cores together have spent on anything but waiting, since the machine started. */
export function busySeconds(): number {
  const [first = ''] = readFileSync('/proc/stat', 'utf8').split('\n')
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = first.split(/\s+/).slice(1).map(Number)
  return (user + nice + system + irq + softirq) / ticksPerSecond
}

/** Seconds of a core that a process and everything it has started have used so far. */
export function cpuSeconds(pid: number): number {
  return treeOf(pid).reduce((sum, one) => sum + cpuOf(one), 0)
}

/** Proportional memory (PSS) of a process and everything it has started, in bytes: pages that several share count once in total. */
export function memoryBytes(pid: number): number {
  return treeOf(pid).reduce((sum, one) => sum + pssOf(one), 0)
}

/** The process and all its descendants. */
export function treeOf(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    const parent = /^\d+$/.test(name) ? Number(statOf(Number(name))?.[1]) : Number.NaN
    if (Number.isNaN(parent)) continue
    children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const found = [pid]
  for (const one of found) found.push(...(children.get(one) ?? []))
  return found
}

const ticksPerSecond = 100

/** The fields of /proc/<pid>/stat after the name, which may hold spaces; undefined when the process is gone. */
function statOf(pid: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

function cpuOf(pid: number): number {
  const fields = statOf(pid)?.slice(11, 15).map(Number) ?? []
  return fields.reduce((sum, ticks) => sum + ticks, 0) / ticksPerSecond
}

function pssOf(pid: number): number {
  try {
    const [, kilobytes] = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')) ?? []
    return Number(kilobytes ?? 0) * 1024
  } catch {
    return 0
  }
}
