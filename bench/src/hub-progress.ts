import type pg from 'pg'
import type { BenchStack } from './bench-stack.ts'
import { busySeconds, cpuSeconds } from './machine.ts'

/** How far each stage has come, counted from the start of its database. */
export interface Progress {
  atMs: number
  /** Entries of the ledger. */
  ledger: number
  /** Events that the broker acknowledged. */
  relay: number
  /** Messages that the connector's consumer has acknowledged. */
  consumer: number
  /** Desired numbers that the connector has stored. */
  recompute: number
}

/** Reads how far the stages have come, by sequences and counters: cheap enough to be asked for all the time. */
export class HubMeter {
  readonly #bench: BenchStack
  readonly #inventory: pg.Client
  readonly #connector: pg.Client

  constructor(bench: BenchStack, databases: { inventory: pg.Client; connector: pg.Client }) {
    this.#bench = bench
    this.#inventory = databases.inventory
    this.#connector = databases.connector
  }

  async progress(): Promise<Progress> {
    const [ledger, relay, recompute, consumer] = await Promise.all([
      one(this.#inventory, `select last_value as n from stock_movement_id_seq`),
      one(this.#inventory, `select stream_last_seq as n from relay_lease`),
      this.recomputed(),
      this.#consumed(),
    ])
    return { atMs: performance.now(), ledger, relay, consumer, recompute }
  }

  recomputed(): Promise<number> {
    return one(this.#connector, `select last_value as n from computation_id_seq`)
  }

  async #consumed(): Promise<number> {
    const text = await this.#bench.metrics('channel-connector')
    const line = /^bus_messages_total\{[^}]*numbers-on-availability[^}]*done[^}]*\} (\d+)/m.exec(text)
    return Number(line?.[1] ?? 0)
  }
}

async function one(client: pg.Client, statement: string): Promise<number> {
  const { rows } = await client.query<{ n: string }>(statement)
  return Number(rows[0]?.n ?? 0)
}

/** Seconds of a core used so far, by process. */
export interface CpuUse {
  atMs: number
  byProcess: ReadonlyMap<string, number>
  /** By everything on the machine. */
  machine: number
}

/** The processor time of each process of ours, this one included. */
export function cpuUse(pids: ReadonlyMap<string, number>): CpuUse {
  const own = process.cpuUsage()
  const byProcess = new Map([...pids].map(([name, pid]) => [name, cpuSeconds(pid)]))
  byProcess.set('bench', (own.user + own.system) / 1_000_000)
  return { atMs: performance.now(), byProcess, machine: busySeconds() }
}
