import { QueryClient } from '@tanstack/react-query'

import { ApiError } from '../api/request.ts'

const MOST_TRIES = 2
/** What the events do not tell, and what was missed, shows after this time. */
const SAFETY_REFETCH_MS = 30_000

/** Everything that was read from the server. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchInterval: SAFETY_REFETCH_MS,
      retry: (failures, error) => failures < MOST_TRIES && error instanceof ApiError && error.mayPass,
    },
    mutations: { retry: false },
  },
})
