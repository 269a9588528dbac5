import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** The console whose data the page shows while it is worked on. */
const running = 'http://127.0.0.1:7100'

export default defineConfig({
  plugins: [react()],
  // The server puts a fresh nonce in its place with every answer.
  html: { cspNonce: 'LOCKSTEP_NONCE' },
  build: {
    outDir: 'dist',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 500,
    // Browsers that know light-dark() themselves: rewritten for older ones it would not follow the page's colour scheme.
    target: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
  },
  server: {
    host: '127.0.0.1',
    // The console takes commands from its own page alone.
    proxy: { '/api': { target: running, changeOrigin: true, headers: { origin: running } } },
  },
})
