import { generalReasons, inventoryReasons } from '@lockstep/contracts/reasons'
import { RefusalError } from '@lockstep/rpc/refusal'
import { isRefused, type Refused } from '../domain/refusal.ts'
import { countRefusal } from '../metrics.ts'

const reasons = { ...generalReasons, ...inventoryReasons }

/** The answer, unless it is a refusal: the one place where a reason becomes a gRPC status. */
export function orRefuse<Answer extends object>(method: string, answer: Answer | Refused): Answer {
  if (!isRefused(answer)) return answer
  countRefusal(method, answer.reason)
  const { kind: _, ...details } = answer
  throw new RefusalError({ ...reasons[answer.reason], ...details })
}
