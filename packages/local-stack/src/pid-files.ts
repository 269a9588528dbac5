import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { z } from 'zod'
import { identify, isRunning, signalProcess, type ProcessIdentity } from './process-identity.ts'

const PidFile = z.object({
  name: z.string(),
  pid: z.int(),
  startedAt: z.string(),
  stopSignal: z.enum(['SIGTERM', 'SIGINT']),
})

/** What is written down about a started process, so that a later start can end it if its supervisor could not. */
export type PidFile = z.infer<typeof PidFile>

/** Writes down a process that was just started. Does nothing when it has ended already. */
export function writePidFile(folder: string, process: Omit<PidFile, 'startedAt'>): void {
  const identity = identify(process.pid)
  if (!identity) return
  mkdirSync(folder, { recursive: true })
  const file = pidFilePath(folder, process.name)
  const content: PidFile = { ...identity, name: process.name, stopSignal: process.stopSignal }
  writeFileSync(`${file}.new`, JSON.stringify(content))
  renameSync(`${file}.new`, file)
}

export function removePidFile(folder: string, name: string): void {
  rmSync(pidFilePath(folder, name), { force: true })
}

/**
 * Ends every process a killed supervisor left behind and answers their names. Each is asked first, and killed after `withinMs`.
 * Only call it while holding the folder's lock: it would end a running stack as readily.
 */
export async function stopSurvivors(folder: string, withinMs = 10_000): Promise<string[]> {
  const survivors = readPidFiles(folder).filter((file) => isRunning(file))
  for (const survivor of survivors) signalProcess(survivor, survivor.stopSignal)
  if (!(await allEnded(survivors, withinMs))) {
    for (const survivor of survivors) signalProcess(survivor, 'SIGKILL')
    await allEnded(survivors, withinMs)
  }
  for (const file of readPidFiles(folder)) removePidFile(folder, file.name)
  return survivors.map((survivor) => survivor.name)
}

/** Waits until none of these processes runs any more; answers whether that came true in time. */
export async function allEnded(processes: readonly ProcessIdentity[], withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs
  while (processes.some((process) => isRunning(process))) {
    if (performance.now() > deadline) return false
    await delay(25)
  }
  return true
}

function readPidFiles(folder: string): PidFile[] {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch {
    return []
  }
  return names.filter((name) => name.endsWith('.pid.json')).flatMap((name) => readPidFile(join(folder, name)) ?? [])
}

function readPidFile(path: string): PidFile | undefined {
  try {
    return PidFile.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch {
    return undefined
  }
}

function pidFilePath(folder: string, name: string): string {
  return join(folder, `${name}.pid.json`)
}
