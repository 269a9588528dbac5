import type { FailureFacts } from './facts.ts'
import type { AffectedOperation } from './finding.ts'

/** Whether it was the last word on its kind of call. */
export function isLatest({ lastAt, lastAcceptedAt }: FailureFacts): boolean {
  return lastAcceptedAt === null || lastAcceptedAt < lastAt
}

/** When the first of them was. */
export function earliest(failures: readonly FailureFacts[]): Date | undefined {
  if (failures.length === 0) return undefined
  return new Date(Math.min(...failures.map(({ firstAt }) => firstAt.getTime())))
}

/** When the last of them was. */
export function latest(failures: readonly FailureFacts[]): Date | undefined {
  if (failures.length === 0) return undefined
  return new Date(Math.max(...failures.map(({ lastAt }) => lastAt.getTime())))
}

/** The calls of a finding, the most frequent first. */
export function operationsOf(failures: readonly FailureFacts[]): AffectedOperation[] {
  return failures
    .map(({ operation, requestType, count, lastAt, lastErrorCode }) => ({
      operation,
      type: requestType,
      count,
      lastAt,
      errorCode: lastErrorCode ?? '',
    }))
    .toSorted((a, b) => b.count - a.count)
}
