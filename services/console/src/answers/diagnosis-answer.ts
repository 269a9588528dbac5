import {
  type Call,
  type DiagnoseAccountResponse,
  type Finding,
  Urgency,
} from '@lockstep/contracts/generated/lockstep/channel/v1/diagnosis_service.ts'

import type { CallAnswer, DiagnosisAnswer, FindingAnswer } from '../wire/diagnosis.ts'
import { instant, textOrNull } from './values.ts'

/** A call of the channel log. */
export function callAnswer(call: Call): CallAnswer {
  return {
    id: String(call.id),
    at: instant(call.at),
    sellerId: call.sellerId,
    region: call.region,
    operation: call.operation,
    type: textOrNull(call.type),
    status: call.status === 0 ? null : call.status,
    class: call.class,
    limitLevel: textOrNull(call.limitLevel),
    errorCode: textOrNull(call.errorCode),
    requestId: textOrNull(call.requestId),
  }
}

const urgencies: Readonly<Record<Urgency, FindingAnswer['urgency']>> = {
  [Urgency.UNSPECIFIED]: 'know',
  [Urgency.UNRECOGNIZED]: 'know',
  [Urgency.ACT]: 'act',
  [Urgency.WAIT]: 'wait',
  [Urgency.KNOW]: 'know',
}

/** What is wrong with an account. */
export function diagnosisAnswer({ account, findings, checks }: DiagnoseAccountResponse): DiagnosisAnswer {
  return {
    account: account?.name ?? '',
    findings: findings.map(findingAnswer),
    checks: checks.map(({ check, ok, detail }) => ({ check, ok, detail })),
  }
}

function findingAnswer(finding: Finding): FindingAnswer {
  return {
    class: finding.class,
    urgency: urgencies[finding.urgency],
    summary: finding.summary,
    capability: textOrNull(finding.capability),
    roles: finding.roles,
    touches: finding.touches,
    since: instant(finding.since),
    nextStep: finding.nextStep,
  }
}
