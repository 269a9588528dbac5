// oxlint-disable import/no-unassigned-import -- a stylesheet is imported for its effect
import '@mantine/core/styles.css'
import './app/page.css'

import { MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

import { pageNonce, shareNonce } from './app/nonce.ts'
import { queryClient } from './app/query-client.ts'
import { router } from './app/router.tsx'
import { cssVariables, theme } from './app/theme.ts'
import { startLive } from './live/live.ts'

shareNonce()
startLive(queryClient)

const root = document.querySelector('#root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={cssVariables}
        defaultColorScheme="auto"
        getStyleNonce={pageNonce}
      >
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  )
}
