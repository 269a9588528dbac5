import type { FastifyInstance } from 'fastify'
import { z } from 'zod'

import { callAnswer, diagnosisAnswer } from '../answers/diagnosis-answer.ts'
import { textOrNull } from '../answers/values.ts'
import { readInput } from '../http/input.ts'
import { ask } from '../peers/ask.ts'
import type { CallPage, DiagnosisAnswer } from '../wire/diagnosis.ts'
import type { ApiDeps } from './deps.ts'
import { name, pageToken } from './parameters.ts'

const Path = z.object({ account: name })
const Query = z.strictObject({
  account: z.string().max(200).default(''),
  operation: z.string().max(100).default(''),
  class: z.string().max(50).default(''),
  page: pageToken,
})

const PAGE_SIZE = 50

/** GET /api/calls and /api/accounts/:account/diagnosis */
export function addDiagnosisRoutes(app: FastifyInstance, { peers, asker }: ApiDeps): void {
  app.get('/api/calls', async (request, reply): Promise<CallPage> => {
    const { account, operation, class: word, page } = readInput(Query, request.query)
    const search = { account, operation, classes: word === '' ? [] : [word], since: undefined, until: undefined }
    const wanted = { ...search, page: { size: PAGE_SIZE, token: page } }
    const { calls, nextPageToken } = await ask(peers.diagnosis, 'listCalls', wanted, asker(reply))
    return { calls: calls.map(callAnswer), nextPageToken: textOrNull(nextPageToken) }
  })
  app.get('/api/accounts/:account/diagnosis', async (request, reply): Promise<DiagnosisAnswer> => {
    const { account } = readInput(Path, request.params)
    return diagnosisAnswer(await ask(peers.diagnosis, 'diagnoseAccount', { account }, asker(reply)))
  })
}
