import {
  type Call,
  type CapabilityStanding as CapabilityMessage,
  type DiagnoseAccountResponse,
  type Finding as FindingMessage,
  Urgency as UrgencyMessage,
} from '@lockstep/contracts/generated/lockstep/channel/v1/diagnosis_service.ts'
import { findCapability } from '@lockstep/sp-api/capabilities'
import type { Finding, Urgency } from '../domain/diagnosis/finding.ts'
import type { AccountDiagnosis, CapabilityStanding } from '../queries/diagnose-account.ts'
import type { LoggedCall } from '../store/api-calls.ts'
import { apiWords } from './account-message.ts'

/** A diagnosis as the contract shows it. */
export function diagnosisMessage(diagnosis: AccountDiagnosis): DiagnoseAccountResponse {
  const { at, account, listings, findings, capabilities, checks } = diagnosis
  return {
    at,
    account: {
      id: account.id,
      name: account.name,
      sellerId: account.sellerId,
      region: account.region,
      marketplace: account.marketplace,
      api: apiWords[account.api],
      fbmListings: listings.fbm,
      fbaListings: listings.fba,
    },
    findings: findings.map(findingMessage),
    capabilities: capabilities.map(capabilityMessage),
    checks,
  }
}

const urgencies: Record<Urgency, UrgencyMessage> = {
  act: UrgencyMessage.ACT,
  wait: UrgencyMessage.WAIT,
  know: UrgencyMessage.KNOW,
}

function findingMessage(finding: Finding): FindingMessage {
  return {
    class: finding.class,
    urgency: urgencies[finding.urgency],
    summary: finding.summary,
    capability: finding.capability,
    scope: findCapability(finding.capability)?.scope ?? '',
    roles: [...finding.roles],
    touches: finding.touches,
    since: finding.since,
    operations: [...finding.operations],
    skus: finding.skus.map((sku) => ({ ...sku, accounts: [...sku.accounts] })),
    skuCount: finding.skuCount,
    limitLevel: finding.limitLevel,
    retriedAt: finding.retriedAt,
    nextStep: finding.nextStep,
  }
}

function capabilityMessage({ capability, state, since }: CapabilityStanding): CapabilityMessage {
  const { name, scope, does, roles, touches } = capability
  return { capability: name, scope: scope ?? '', does, roles: [...roles], touches, state, since }
}

/** A call of the log as the contract shows it. */
export function callMessage(call: LoggedCall): Call {
  return {
    id: BigInt(call.id),
    at: call.at,
    connectionId: call.connectionId,
    sellerId: call.sellerId,
    region: call.region,
    operation: call.operation,
    type: call.requestType,
    status: call.status,
    class: call.outcome,
    limitLevel: call.throttledLevel ?? '',
    errorCode: call.errorCode ?? '',
    requestId: call.requestId ?? '',
    capability: call.capability,
    waitedMs: call.waitedMs,
    durationMs: call.durationMs,
  }
}
