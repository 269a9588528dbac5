import type { PlatformTables } from '@lockstep/postgres/platform-tables'
import type { AccountTables } from './account-tables.ts'
import type { BulkTables } from './bulk-tables.ts'
import type { DiagnosisTables } from './diagnosis-tables.ts'
import type { NotificationTables } from './notification-tables.ts'
import type { PipelineTables } from './pipeline-tables.ts'
import type { PriceTables } from './price-tables.ts'

/** Everything this service keeps. */
export interface ChannelDb
  extends PlatformTables, AccountTables, DiagnosisTables, PipelineTables, NotificationTables, BulkTables, PriceTables {}
