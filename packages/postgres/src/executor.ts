import type { RawBuilder } from 'kysely'

/** Anything a statement can run on: a database of whatever tables, or a transaction on one. */
export type Executor = Parameters<RawBuilder<unknown>['execute']>[0]
