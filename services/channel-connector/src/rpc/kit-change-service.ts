import {
  KitChangeServiceService,
  type KitChange as KitChangeMessage,
  type MakeKitChangeRequest,
  type MakeKitChangeResponse,
  type PreviewKitChangeRequest,
  type PreviewKitChangeResponse,
} from '@lockstep/contracts/generated/lockstep/channel/v1/kit_change_service.ts'
import { isUsableKey } from '@lockstep/postgres/idempotency'
import { type CallContext, unary } from '@lockstep/rpc/handler'
import { type ServiceBinding, serviceBinding } from '@lockstep/rpc/server'

import { type KitDeps, makeKitChange, previewKitChange } from '../commands/change-kit.ts'
import { refusal } from '../commands/refuse.ts'
import type { KitChange } from '../domain/kit-change.ts'
import { previewMessage } from './change-message.ts'
import { readLimit } from './page.ts'

/** Changes of kits over gRPC: shown, made. */
export function kitChangeServiceBinding(deps: KitDeps): ServiceBinding {
  return serviceBinding(KitChangeServiceService, {
    previewKitChange: unary((request: PreviewKitChangeRequest, context) => handlePreview(deps, request, context)),
    makeKitChange: unary((request: MakeKitChangeRequest, context) => handleMake(deps, request, context)),
  })
}

async function handlePreview(
  deps: KitDeps,
  request: PreviewKitChangeRequest,
  { signal }: CallContext,
): Promise<PreviewKitChangeResponse> {
  const limit = readLimit(request.limit)
  const { itemId, sku, preview, undo, command } = await previewKitChange(deps, readKit(request.change), signal)
  const shown = previewMessage(preview, { accountId: '', limit, warnings: [] })
  return { itemId, itemSku: sku, preview: shown, undo, command }
}

async function handleMake(
  deps: KitDeps,
  { change, ...request }: MakeKitChangeRequest,
  { actor, signal }: CallContext,
): Promise<MakeKitChangeResponse> {
  if (!isUsableKey(request.idempotencyKey)) {
    const message = 'the idempotency key is missing or longer than 200 characters'
    throw refusal('IDEMPOTENCY_KEY_MISSING', { message, field: 'idempotency_key' })
  }
  return { itemId: await makeKitChange(deps, { ...request, change: readKit(change), actor }, signal) }
}

function readKit(change: KitChangeMessage | undefined): KitChange {
  if (change) return change
  throw refusal('FIELD_INVALID', { message: 'no change is named', field: 'change', nextStep: 'name the item' })
}
