import { metrics, type Meter } from '@opentelemetry/api'
import type pg from 'pg'

/** Tells whoever reads the metrics how a pool stands: `postgres_pool_connections` in use and idle, and `postgres_pool_waiting`, who has none. Answers what ends it. */
export function observePool(
  pool: Pick<pg.Pool, 'totalCount' | 'idleCount' | 'waitingCount'>,
  name: string,
): () => void {
  const meter = metrics.getMeter('lockstep.postgres')
  const connections = meter.createObservableGauge('postgres_pool_connections')
  const waiting = meter.createObservableGauge('postgres_pool_waiting')
  const observe: Parameters<Meter['addBatchObservableCallback']>[0] = (result) => {
    result.observe(connections, pool.totalCount - pool.idleCount, { pool: name, state: 'used' })
    result.observe(connections, pool.idleCount, { pool: name, state: 'idle' })
    result.observe(waiting, pool.waitingCount, { pool: name })
  }
  meter.addBatchObservableCallback(observe, [connections, waiting])
  return () => meter.removeBatchObservableCallback(observe, [connections, waiting])
}
