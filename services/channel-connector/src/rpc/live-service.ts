import {
  LiveServiceService,
  ResendListingRequest,
  ResendListingResponse,
} from '@lockstep/contracts/generated/lockstep/channel/v1/live_service.ts'
import { type CallContext, unary } from '@lockstep/rpc/handler'
import { type ServiceBinding, serviceBinding } from '@lockstep/rpc/server'
import { resendListing } from '../commands/resend-listing.ts'
import { answerCommand, type CommandDeps } from './answer-command.ts'

/** What is done about listings that differ on Amazon, over gRPC. */
export function liveServiceBinding(deps: CommandDeps): ServiceBinding {
  return serviceBinding(LiveServiceService, {
    resendListing: unary((request: ResendListingRequest, context) => handleResendListing(deps, request, context)),
  })
}

const method = { name: 'LiveService/ResendListing', request: ResendListingRequest, response: ResendListingResponse }

function handleResendListing(
  deps: CommandDeps,
  request: ResendListingRequest,
  { actor }: CallContext,
): Promise<ResendListingResponse> {
  const { account, channelSku } = request
  return answerCommand(deps, { method, request }, (tx) => resendListing(tx, { account, channelSku, actor }))
}
