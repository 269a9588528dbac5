const dayMs = 86_400_000

/** A seller's consent lasts a year, and is asked for again whenever a role is added. Source: SP-API, renewing authorisations. */
const consentLifeMs = 365 * dayMs
/** An application's client secret lasts half a year; refresh tokens outlive it. Source: SP-API, rotating LWA credentials. */
const secretLifeMs = 180 * dayMs
/** How long before its end each is announced. */
const announcedMs = 30 * dayMs

/** When a consent ends. Every token is taken to be of a consent that was given with it: Amazon does not say when it was. */
export function consentEnd(authorisedAt: Date | null): Date | undefined {
  return authorisedAt === null ? undefined : new Date(authorisedAt.getTime() + consentLifeMs)
}

/** When the client secret ends; undefined when it is not known when it was issued. */
export function secretEnd(issuedAt: Date | undefined): Date | undefined {
  return issuedAt && new Date(issuedAt.getTime() + secretLifeMs)
}

/** Whether an end is near or past, so that a person is told. */
export function isAnnounced(end: Date | undefined, now: Date): end is Date {
  return end !== undefined && end.getTime() - now.getTime() <= announcedMs
}

/** How many whole days are left; negative when it is over. */
export function daysLeft(end: Date, now: Date): number {
  return Math.floor((end.getTime() - now.getTime()) / dayMs)
}

/** An end in words: with its day, and whether it is past. */
export function endWords(end: Date, now: Date): string {
  const day = end.toISOString().slice(0, 10)
  return end.getTime() <= now.getTime() ? `ended on ${day}` : `ends on ${day}, in ${daysLeft(end, now)} days`
}

/** What mends a secret that ends. */
export const secretNextStep =
  'renew the client secret in the Developer Console, set AMAZON_LWA_CLIENT_SECRET and AMAZON_LWA_SECRET_ISSUED_AT, and restart channel-connector; refresh tokens stay valid'
