import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router'

import { NothingHere } from './nothing-here.tsx'
import { RouteFault } from './route-fault.tsx'
import { parseSearch, stringifySearch, textPart, wordPart } from './search-params.ts'
import { Shell } from './shell.tsx'

const rootRoute = createRootRoute({ component: Shell })

const indexRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  beforeLoad: () => {
    // oxlint-disable-next-line typescript/only-throw-error -- how the router is told
    throw redirect({ to: '/accounts', replace: true })
  },
})

const accountsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/accounts',
  component: lazyRouteComponent(() => import('../accounts/accounts-page.tsx'), 'AccountsPage'),
})

/** What the listings page shows: all of it stands in the address. */
export interface ListingsSearch {
  account?: string | undefined
  filter?: 'linked' | 'unlinked' | undefined
  search?: string | undefined
  page?: string | undefined
  /** The channel SKU whose explanation is open. */
  why?: string | undefined
}

const listingsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/listings',
  validateSearch: (given: Record<string, unknown>): ListingsSearch => ({
    account: textPart(given['account']),
    filter: wordPart(given['filter'], ['linked', 'unlinked']),
    search: textPart(given['search']),
    page: textPart(given['page']),
    why: textPart(given['why']),
  }),
  component: lazyRouteComponent(() => import('../listings/listings-page.tsx'), 'ListingsPage'),
})

/** What the orders page shows: all of it stands in the address. */
export interface OrdersSearch {
  account?: string | undefined
  state?: 'parked' | 'open' | 'processed' | 'cancelled' | undefined
  folder?: 'FBM' | 'FBA' | undefined
  search?: string | undefined
  page?: string | undefined
}

const ordersRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/orders',
  validateSearch: (given: Record<string, unknown>): OrdersSearch => ({
    account: textPart(given['account']),
    state: wordPart(given['state'], ['parked', 'open', 'processed', 'cancelled']),
    folder: wordPart(given['folder'], ['FBM', 'FBA']),
    search: textPart(given['search']),
    page: textPart(given['page']),
  }),
  component: lazyRouteComponent(() => import('../orders/orders-page.tsx'), 'OrdersPage'),
})

const orderRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/orders/$order',
  component: lazyRouteComponent(() => import('../orders/order-page.tsx'), 'OrderPage'),
})

/** What the log shows: all of it stands in the address. */
export interface LogSearch {
  account?: string | undefined
  class?: string | undefined
  operation?: string | undefined
  page?: string | undefined
}

const logRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/log',
  validateSearch: (given: Record<string, unknown>): LogSearch => ({
    account: textPart(given['account']),
    class: textPart(given['class']),
    operation: textPart(given['operation']),
    page: textPart(given['page']),
  }),
  component: lazyRouteComponent(() => import('../log/log-page.tsx'), 'LogPage'),
})

/** The pages of the console. Each is loaded when it is first opened. */
export const router = createRouter({
  routeTree: rootRoute.addChildren([indexRoute, accountsRoute, listingsRoute, ordersRoute, orderRoute, logRoute]),
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  defaultNotFoundComponent: NothingHere,
  defaultErrorComponent: RouteFault,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
