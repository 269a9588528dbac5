import type { Query } from './query.ts'
import type { World } from './world.ts'

const lifeMs = 300_000

/** A URL that lets whoever has it do one thing with a document for five minutes. */
export function presign(world: World, of: { url: string; subject: string; now: number }): string {
  const expires = of.now + lifeMs
  const signature = world.ids.signature(`${of.subject}|${expires}`)
  return `${of.url}?X-Amz-Expires=${lifeMs / 1000}&expires=${expires}&X-Amz-Signature=${signature}`
}

/** Whether a query carries the signature for this subject and its time is not over. */
export function isPresigned(world: World, of: { query: Query; subject: string; now: number }): boolean {
  const expires = Number(of.query.find('expires'))
  const isSigned = of.query.find('X-Amz-Signature') === world.ids.signature(`${of.subject}|${expires}`)
  return isSigned && of.now <= expires
}
