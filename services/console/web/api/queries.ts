import { keepPreviousData, queryOptions } from '@tanstack/react-query'

import type { AccountAnswer, AccountPage } from '../../src/wire/account.ts'
import type { CallPage, DiagnosisAnswer } from '../../src/wire/diagnosis.ts'
import type { Explanation } from '../../src/wire/explanation.ts'
import type { ListingPage } from '../../src/wire/listing.ts'
import type { AuditEntryAnswer, AuditPage, OrderAnswer, OrderPage } from '../../src/wire/order.ts'
import type { Surroundings } from '../../src/wire/surroundings.ts'
import { apiPath, get, searchPart } from './request.ts'

const MOST_PAGES = 10
/** A write on its way is told of by events only when it arrives. */
const MOVING_REFETCH_MS = 1_500
const RESTING_REFETCH_MS = 30_000

/** Where the console runs. */
export const surroundingsQuery = queryOptions({
  queryKey: ['surroundings'],
  queryFn: ({ signal }) => get<Surroundings>(apiPath('surroundings'), signal),
  staleTime: Infinity,
  refetchInterval: false,
})

/** Every account, in the order of their creation. */
export const accountsQuery = queryOptions({
  queryKey: ['accounts'],
  queryFn: async ({ signal }) => {
    const accounts: AccountAnswer[] = []
    let page: string | undefined
    for (let pages = 0; pages < MOST_PAGES; pages += 1) {
      const answer = await get<AccountPage>(apiPath('accounts') + searchPart({ page }), signal)
      accounts.push(...answer.accounts)
      if (answer.nextPageToken === null) break
      page = answer.nextPageToken
    }
    return accounts
  },
})

/** Which listings a page shows. */
export interface ListingQuestion {
  readonly account: string
  readonly filter: string | undefined
  readonly search: string | undefined
  readonly page: string | undefined
}

/** A page of an account's listings. */
export const listingsQuery = ({ account, ...wanted }: ListingQuestion) =>
  queryOptions({
    queryKey: ['listings', account, wanted],
    queryFn: ({ signal }) => get<ListingPage>(apiPath('accounts', account, 'listings') + searchPart(wanted), signal),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data && isMoving(state.data) ? MOVING_REFETCH_MS : RESTING_REFETCH_MS),
  })

function isMoving({ listings }: ListingPage): boolean {
  return listings.some(({ state }) => state === 'waiting' || state === 'in_flight')
}

/** Why a listing's number is what it is. */
export const whyQuery = (account: string, sku: string) =>
  queryOptions({
    queryKey: ['why', account, sku],
    queryFn: ({ signal }) => get<Explanation>(apiPath('accounts', account, 'listings', sku, 'why'), signal),
    refetchInterval: ({ state }) =>
      state.data?.state === 'waiting' || state.data?.state === 'in_flight' ? MOVING_REFETCH_MS : RESTING_REFETCH_MS,
  })

/** Which orders a page shows. */
export interface OrderQuestion {
  readonly account: string | undefined
  readonly state: string | undefined
  readonly folder: string | undefined
  readonly search: string | undefined
  readonly page: string | undefined
}

/** A page of orders, newest first. */
export const ordersQuery = (wanted: OrderQuestion) =>
  queryOptions({
    queryKey: ['orders', wanted],
    queryFn: ({ signal }) => get<OrderPage>(apiPath('orders') + searchPart({ ...wanted }), signal),
    placeholderData: keepPreviousData,
  })

/** One order. */
export const orderQuery = (order: string) =>
  queryOptions({
    queryKey: ['order', order],
    queryFn: ({ signal }) => get<OrderAnswer>(apiPath('orders', order), signal),
  })

/** An order's audit trail, oldest first. */
export const auditQuery = (order: string) =>
  queryOptions({
    queryKey: ['audit', order],
    queryFn: async ({ signal }) => {
      const entries: AuditEntryAnswer[] = []
      let page: string | undefined
      for (let pages = 0; pages < MOST_PAGES; pages += 1) {
        const answer = await get<AuditPage>(apiPath('orders', order, 'audit') + searchPart({ page }), signal)
        entries.push(...answer.entries)
        if (answer.nextPageToken === null) break
        page = answer.nextPageToken
      }
      return entries
    },
  })

/** Which calls the log shows. */
export interface CallQuestion {
  readonly account: string | undefined
  readonly class: string | undefined
  readonly operation: string | undefined
  readonly page: string | undefined
}

/** A page of calls to Amazon that did not end well, newest first. */
export const callsQuery = (wanted: CallQuestion) =>
  queryOptions({
    queryKey: ['calls', wanted],
    queryFn: ({ signal }) => get<CallPage>(apiPath('calls') + searchPart({ ...wanted }), signal),
    placeholderData: keepPreviousData,
  })

/** What is wrong with an account. */
export const diagnosisQuery = (account: string) =>
  queryOptions({
    queryKey: ['diagnosis', account],
    queryFn: ({ signal }) => get<DiagnosisAnswer>(apiPath('accounts', account, 'diagnosis'), signal),
  })
