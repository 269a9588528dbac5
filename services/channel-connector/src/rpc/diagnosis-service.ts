import {
  DiagnosisServiceService,
  type DiagnoseAccountResponse,
  type ListCallsRequest,
  type ListCallsResponse,
} from '@lockstep/contracts/generated/lockstep/channel/v1/diagnosis_service.ts'
import { findOperation } from '@lockstep/sp-api/operations'
import { unary } from '@lockstep/rpc/handler'
import { type ServiceBinding, serviceBinding } from '@lockstep/rpc/server'
import { getAccount } from '../commands/get-account.ts'
import { refusal } from '../commands/refuse.ts'
import { type DiagnoseDeps, diagnoseAccount } from '../queries/diagnose-account.ts'
import { listCalls } from '../store/api-calls.ts'
import { callMessage, diagnosisMessage } from './diagnosis-message.ts'
import { cutPage, readPage } from './page.ts'

/** What is wrong between us and Amazon, over gRPC. */
export function diagnosisServiceBinding(deps: DiagnoseDeps): ServiceBinding {
  return serviceBinding(DiagnosisServiceService, {
    diagnoseAccount: unary((request: { account: string }) => handleDiagnose(deps, request)),
    listCalls: unary((request: ListCallsRequest) => handleListCalls(deps, request)),
  })
}

async function handleDiagnose(deps: DiagnoseDeps, { account }: { account: string }): Promise<DiagnoseAccountResponse> {
  return diagnosisMessage(await diagnoseAccount(deps, await getAccount(deps.db, account)))
}

async function handleListCalls({ db }: DiagnoseDeps, request: ListCallsRequest): Promise<ListCallsResponse> {
  const { limit, after } = readPage(request.page)
  const account = request.account === '' ? undefined : await getAccount(db, request.account)
  const calls = await listCalls(db, {
    connectionId: account?.connectionId,
    operation: checkedOperation(request.operation),
    classes: checkedClasses(request.classes),
    since: request.since,
    until: request.until,
    before: after === null ? undefined : checkedNumber(after),
    limit: limit + 1,
  })
  const page = cutPage(calls, limit, ({ id }) => String(id))
  return { calls: page.entries.map(callMessage), nextPageToken: page.nextPageToken }
}

function checkedOperation(operation: string): string | undefined {
  if (operation === '') return undefined
  if (operation === 'lwaToken' || findOperation(operation)) return operation
  const message = `"${operation}" is no operation that the gateway knows`
  throw refusal('OPERATION_UNKNOWN', { message, field: 'operation', value: operation })
}

const knownClasses = [
  'accepted',
  'throttled',
  'denied',
  'token_expired',
  'authorisation_revoked',
  'application_credentials',
  'wrong_region',
  'invalid_data',
  'not_found',
  'outage',
  'unknown',
  'not_sent',
]

function checkedClasses(classes: readonly string[]): readonly string[] {
  const odd = classes.find((one) => !knownClasses.includes(one))
  if (odd === undefined) return [...new Set(classes)]
  const message = `"${odd}" is no class of calls: ${knownClasses.join(', ')}`
  throw refusal('FIELD_INVALID', { message, field: 'classes', value: odd })
}

function checkedNumber(token: string): number {
  const id = Number(token)
  if (/^\d{1,15}$/.test(token)) return id
  throw refusal('PAGE_INVALID', { message: 'the page token is not one of ours', field: 'page.token', value: token })
}
