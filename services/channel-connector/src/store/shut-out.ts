import { sql } from 'kysely'
import type { ShutOut } from '../domain/explain-now.ts'

/** Why Amazon takes nothing of the listings of connection `c` at present; null when it does. */
export const shutOut = sql<ShutOut | null>`
  case when c.state = 'reauthorise' then 'REAUTHORISE'
       when c.state = 'application_refused' then 'APPLICATION_REFUSED'
       when exists (select from capability_state k
                     where k.connection_id = c.id and k.capability = 'listings' and k.state = 'refused'
                       and k.operation in ('searchListingsItems', 'patchListingsItem')) then 'DENIED'
  end`
