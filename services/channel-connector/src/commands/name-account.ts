import type { Kysely } from 'kysely'
import type { ChannelDb } from '../store/database.ts'

/** What stands in a next step for the account that it is about. */
const placeholder = '<account>'

/** A next step with the account's name in it, ready to be typed. */
export function nameAccount(nextStep: string, accountName: string): string {
  return nextStep.replaceAll(placeholder, () => accountName)
}

/** The same where only the connection is known: any account of it will do, and the oldest is taken. */
export async function nameAccountOf(db: Kysely<ChannelDb>, connectionId: string, nextStep: string): Promise<string> {
  if (!nextStep.includes(placeholder)) return nextStep
  const account = await db
    .selectFrom('account')
    .select('name')
    .where('connection_id', '=', connectionId)
    .orderBy('created_at')
    .orderBy('id')
    .limit(1)
    .executeTakeFirst()
  return account ? nameAccount(nextStep, account.name) : nextStep
}
