import {
  DrainLimitsRequest,
  DrainLimitsResponse,
  LimitsServiceService,
} from '@lockstep/contracts/generated/lockstep/channel/v1/limits_service.ts'
import { unary } from '@lockstep/rpc/handler'
import { type ServiceBinding, serviceBinding } from '@lockstep/rpc/server'
import { drainLimits } from '../commands/drain-limits.ts'
import { answerCommand, type CommandDeps } from './answer-command.ts'

/** What a person may do to the rate buckets, over gRPC. */
export function limitsServiceBinding(deps: CommandDeps): ServiceBinding {
  return serviceBinding(LimitsServiceService, {
    drainLimits: unary((request: DrainLimitsRequest) => handleDrainLimits(deps, request)),
  })
}

const method = { name: 'LimitsService/DrainLimits', request: DrainLimitsRequest, response: DrainLimitsResponse }

function handleDrainLimits(deps: CommandDeps, request: DrainLimitsRequest): Promise<DrainLimitsResponse> {
  return answerCommand(deps, { method, request }, async (tx) => {
    const { account, drains } = await drainLimits(tx, request)
    const buckets = drains.map(({ level, operation, tokens, waitMs }) => {
      return { level, operation, tokens, nextSlotAt: new Date(Date.now() + waitMs) }
    })
    return { accountId: account.id, buckets }
  })
}
