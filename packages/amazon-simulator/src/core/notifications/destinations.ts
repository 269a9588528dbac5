import { isJsonObject, quoted } from '../json.ts'
import { isQueueArn } from '../queue/names.ts'
import { AmazonRefusalError, invalidInput, notFound } from '../refusals.ts'
import type { World } from '../world.ts'
import type { Destination, Resource } from './records.ts'

/** createDestination: one per application and resource. Source: Notifications v1. */
export function createDestination(world: World, clientId: string, body: unknown): unknown {
  const { name, resourceSpecification } = isJsonObject(body) ? body : {}
  if (typeof name !== 'string' || name === '' || name.length > 256)
    throw invalidInput(`'name' must be a text of 1 to 256 characters, not '${quoted(name)}'.`)
  const resource = readResource(world, resourceSpecification)
  const wanted = JSON.stringify(comparable(resource))
  const twin = ownedBy(world, clientId).find((known) => JSON.stringify(comparable(known.resource)) === wanted)
  if (twin) {
    throw new AmazonRefusalError(409, {
      code: 'Conflict',
      message: `Destination ${twin.destinationId} has this resource already.`,
    })
  }
  const destination: Destination = { destinationId: world.ids.uuid('destination'), clientId, name, resource }
  world.destinations.save(destination)
  return { payload: destinationView(destination) }
}

/** getDestinations: all of the application's. */
export function getDestinations(world: World, clientId: string): unknown {
  return { payload: ownedBy(world, clientId).map(destinationView) }
}

/** getDestination. */
export function getDestination(world: World, clientId: string, destinationId: string): unknown {
  return { payload: destinationView(ownDestination(world, clientId, destinationId)) }
}

/** deleteDestination: refused while a subscription sends there. */
export function deleteDestination(world: World, clientId: string, destinationId: string): unknown {
  const destination = ownDestination(world, clientId, destinationId)
  const user = [...world.subscriptions.all()].find((subscription) => subscription.destinationId === destinationId)
  if (user) {
    const message = `Destination ${destinationId} is used by subscription ${user.subscriptionId}.`
    throw new AmazonRefusalError(409, { code: 'Conflict', message })
  }
  world.destinations.remove(destination)
  return {}
}

/** The application's destination with this id, or 404. */
export function ownDestination(world: World, clientId: string, destinationId: string): Destination {
  const destination = world.destinations.find(destinationId)
  if (destination?.clientId === clientId) return destination
  throw notFound(`Destination '${destinationId}' was not found.`)
}

function ownedBy(world: World, clientId: string): Destination[] {
  return [...world.destinations.all()].filter((destination) => destination.clientId === clientId)
}

function readResource(world: World, value: unknown): Resource {
  const { sqs, eventBridge } = isJsonObject(value) ? value : {}
  if (isJsonObject(sqs) && eventBridge === undefined) {
    if (typeof sqs['arn'] === 'string' && isQueueArn(sqs['arn'])) return { sqs: { arn: sqs['arn'] } }
    throw invalidInput(`'${quoted(sqs['arn'])}' is not the ARN of a standard SQS queue.`)
  }
  if (isJsonObject(eventBridge) && sqs === undefined) {
    const { region, accountId } = eventBridge
    if (typeof region !== 'string' || typeof accountId !== 'string' || !/^\d{12}$/.test(accountId))
      throw invalidInput("'eventBridge' needs a region and an accountId of 12 digits.")
    const name = `aws.partner/sellingpartnerapi.amazon.com/${accountId}/${world.ids.uuid('event-source')}`
    return { eventBridge: { name, region, accountId } }
  }
  throw invalidInput("'resourceSpecification' must name either sqs or eventBridge.")
}

function comparable(resource: Resource): unknown {
  if ('sqs' in resource) return resource.sqs.arn
  return [resource.eventBridge.region, resource.eventBridge.accountId]
}

function destinationView({ destinationId, name, resource }: Destination): unknown {
  return { destinationId, name, resource }
}
