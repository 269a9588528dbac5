import {
  type Call,
  type DiagnoseAccountResponse,
  type Finding,
  Urgency,
} from '@lockstep/contracts/generated/lockstep/channel/v1/diagnosis_service.ts'

import { isoTime, jsonNumber, textOrNull } from './values.ts'

const urgencyWords: Readonly<Record<string, string>> = {
  [Urgency.ACT]: 'act',
  [Urgency.WAIT]: 'wait',
  [Urgency.KNOW]: 'know',
}

/** diagnose. */
export const diagnosisShape = ({ at, account, findings, capabilities, checks }: DiagnoseAccountResponse) => ({
  at: isoTime(at),
  account: {
    id: account?.id ?? '',
    name: account?.name ?? '',
    seller: account?.sellerId ?? '',
    region: account?.region ?? '',
    marketplace: account?.marketplace ?? '',
    api: account?.api ?? '',
    fbm_listings: account?.fbmListings ?? 0,
    fba_listings: account?.fbaListings ?? 0,
  },
  findings: findings.map(findingShape),
  capabilities: capabilities.map((standing) => ({
    capability: standing.capability,
    scope: textOrNull(standing.scope),
    does: standing.does,
    roles: standing.roles,
    touches: standing.touches,
    state: standing.state,
    since: isoTime(standing.since),
  })),
  checks: checks.map(({ check, ok, detail }) => ({ check, ok, detail })),
})

/** A finding as the JSON has it. */
export type FindingShape = ReturnType<typeof findingShape>

const findingShape = (finding: Finding) => ({
  class: finding.class,
  urgency: urgencyWords[finding.urgency] ?? 'know',
  summary: finding.summary,
  capability: textOrNull(finding.capability),
  scope: textOrNull(finding.scope),
  roles: finding.roles,
  touches: finding.touches,
  since: isoTime(finding.since),
  operations: finding.operations.map(({ operation, type, count, lastAt, errorCode }) => ({
    operation,
    type: textOrNull(type),
    count,
    last_at: isoTime(lastAt),
    error_code: textOrNull(errorCode),
  })),
  skus: finding.skus.map(({ channelSku, accounts, detail }) => ({
    channel_sku: channelSku,
    accounts,
    detail: textOrNull(detail),
  })),
  sku_count: finding.skuCount,
  limit_level: textOrNull(finding.limitLevel),
  retried_at: isoTime(finding.retriedAt),
  next_step: finding.nextStep,
})

/** A call of log. */
export const callShape = (call: Call) => ({
  id: jsonNumber(call.id),
  at: isoTime(call.at),
  connection: call.connectionId,
  seller: call.sellerId,
  region: call.region,
  operation: call.operation,
  type: textOrNull(call.type),
  status: call.status === 0 ? null : call.status,
  class: call.class,
  limit_level: textOrNull(call.limitLevel),
  error_code: textOrNull(call.errorCode),
  request_id: textOrNull(call.requestId),
  capability: textOrNull(call.capability),
  waited_ms: call.waitedMs,
  duration_ms: call.durationMs,
})
