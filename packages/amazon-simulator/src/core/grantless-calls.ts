import type { CallResult } from './call.ts'
import type { GrantlessOperationName } from './further-operations.ts'
import { applicationOf, rotateSecret } from './login/application.ts'
import { createDestination, deleteDestination, getDestination, getDestinations } from './notifications/destinations.ts'
import { deleteSubscriptionById, getSubscriptionById } from './notifications/subscriptions.ts'
import { openQueue, placeMessage } from './queue/queues.ts'
import { queueOfArn } from './queue/names.ts'
import { AmazonRefusalError, invalidInput } from './refusals.ts'
import { isoMillis } from './times.ts'
import type { World } from './world.ts'

/** A call of the application itself, with a token taken. */
export interface GrantlessCall {
  clientId: string
  params: Record<string, string>
  body: unknown
  now: number
}

/** Runs an operation that needs no seller. Throws AmazonRefusalError where Amazon says no. */
export function performGrantless(world: World, name: GrantlessOperationName, call: GrantlessCall): CallResult {
  return performers[name](world, call)
}

const performers: Record<GrantlessOperationName, (world: World, call: GrantlessCall) => CallResult> = {
  createDestination: (world, { clientId, body }) => ({ status: 200, body: createDestination(world, clientId, body) }),
  getDestinations: (world, { clientId }) => ({ status: 200, body: getDestinations(world, clientId) }),
  getDestination: (world, { clientId, params }) => ({
    status: 200,
    body: getDestination(world, clientId, params['destinationId'] ?? ''),
  }),
  deleteDestination: (world, { clientId, params }) => ({
    status: 200,
    body: deleteDestination(world, clientId, params['destinationId'] ?? ''),
  }),
  getSubscriptionById: (world, { clientId, params }) => ({
    status: 200,
    body: getSubscriptionById(world, clientId, subscriptionIn(params)),
  }),
  deleteSubscriptionById: (world, { clientId, params }) => ({
    status: 200,
    body: deleteSubscriptionById(world, clientId, subscriptionIn(params)),
  }),
  sendTestNotification: () => {
    throw invalidInput('sendTestNotification exists in the sandbox only.')
  },
  rotateApplicationClientSecret: rotateApplicationClientSecret,
}

function subscriptionIn(params: Record<string, string>): { name: string; subscriptionId: string } {
  return { name: params['notificationType'] ?? '', subscriptionId: params['subscriptionId'] ?? '' }
}

/** The new secret comes by queue, never in the answer. Source: Application Management 2023-11-30. */
function rotateApplicationClientSecret(world: World, { clientId, now }: GrantlessCall): CallResult {
  const application = applicationOf(world)
  if (application.clientId !== clientId || application.clientSecret === null)
    throw invalidInput('The application has no client secret to rotate: register one first.')
  const destination = [...world.destinations.all()].find((one) => one.clientId === clientId && 'sqs' in one.resource)
  if (!destination || !('sqs' in destination.resource)) {
    throw new AmazonRefusalError(400, {
      code: 'InvalidInput',
      message: 'The application is not enrolled for the notification that carries the new client secret.',
    })
  }
  const rotated = rotateSecret(world, application, now)
  const queue = queueOfArn(destination.resource.sqs.arn)
  openQueue(world, queue, now)
  const notification = {
    notificationVersion: '1.0',
    notificationType: 'APPLICATION_OAUTH_CLIENT_NEW_SECRET',
    payloadVersion: '1.0',
    eventTime: isoMillis(now),
    payload: {
      applicationOAuthClientNewSecret: {
        clientId,
        newClientSecret: rotated.clientSecret,
        newClientSecretExpiryTime: isoMillis(rotated.secretExpiresAt ?? now),
        oldClientSecretExpiryTime: isoMillis(rotated.oldSecretUntil),
      },
    },
    notificationMetadata: {
      applicationId: application.applicationId ?? `amzn1.sellerapps.app.${clientId}`,
      publishTime: isoMillis(now),
      notificationId: world.ids.uuid('notification'),
    },
  }
  const messageId = world.ids.uuid('queue-message')
  placeMessage(world, { queue, messageId, body: JSON.stringify(notification), attributes: {}, sentAt: now }, now)
  return { status: 204 }
}
