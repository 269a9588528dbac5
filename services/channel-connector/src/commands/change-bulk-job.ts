import type { Transaction } from 'kysely'

import type { BulkJobState } from '../domain/bulk-states.ts'
import { type BulkJob, deletePreparingJob, dropOpenWork, lockBulkJob, saveJobState } from '../store/bulk-jobs.ts'
import type { ChannelDb } from '../store/database.ts'
import { makePlanningDue } from '../store/feed-leaders.ts'
import { getBulkJob } from './bulk-job.ts'
import { refusal } from './refuse.ts'

/** Begins nothing more of a job. What Amazon has already ends by itself. */
export function pauseBulkJob(tx: Transaction<ChannelDb>, jobId: string): Promise<BulkJob> {
  return changeState(tx, jobId, { to: 'paused', from: ['running'] })
}

/** Goes on with a paused job. */
export function resumeBulkJob(tx: Transaction<ChannelDb>, jobId: string): Promise<BulkJob> {
  return changeState(tx, jobId, { to: 'running', from: ['paused'] })
}

/** Ends a job; one that was never taken on leaves nothing. A feed that Amazon has begun is worked through all the same, and its outcomes are noted. */
export async function cancelBulkJob(tx: Transaction<ChannelDb>, jobId: string): Promise<BulkJob> {
  const before = await getBulkJob(tx, jobId)
  // The leader's row first: a plan locks it before jobs and their lines.
  await makePlanningDue(tx, before.connectionId)
  if (before.state === 'preparing' && (await lockBulkJob(tx, jobId)) === 'preparing') {
    await deletePreparingJob(tx, jobId)
    return { ...before, state: 'cancelled' }
  }
  await changeState(tx, jobId, { to: 'cancelled', from: ['running', 'paused'] })
  await dropOpenWork(tx, jobId)
  return getBulkJob(tx, jobId)
}

async function changeState(
  tx: Transaction<ChannelDb>,
  jobId: string,
  { to, from }: { to: 'running' | 'paused' | 'cancelled'; from: readonly BulkJobState[] },
): Promise<BulkJob> {
  const { connectionId } = await getBulkJob(tx, jobId)
  // The leader's row first: a plan locks it before jobs and their lines.
  await makePlanningDue(tx, connectionId)
  const state = await lockBulkJob(tx, jobId)
  if (state === undefined || (state !== to && !from.includes(state))) {
    const message = `${jobId} is ${state ?? 'gone'}: it cannot be ${to} any more`
    throw refusal('BULK_JOB_STATE', { message, field: 'job_id', value: jobId })
  }
  if (state !== to) await saveJobState(tx, jobId, to)
  return getBulkJob(tx, jobId)
}
