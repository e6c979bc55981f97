import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { POLICY } from '../shared-node/pages.js'

const HOST = '127.0.0.1'

// One origin for pages and API: the session lives in cookies that no script can read, and that no other site can make use of.
const proxy = { '/api': { target: process.env['API_URL'] || `http://${HOST}:8000` } }

/** The policy of all examples, as a header. */
const policy = Object.entries(POLICY.directives)
  .map(([name, values]) => [name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`), ...values].join(' '))
  .join('; ')

export default defineConfig({
  plugins: [react()],
  server: {
    host: HOST,
    proxy,
    // Nothing else of the repository: keys of the demonstrations lie in it.
    fs: { allow: ['.', '../pages/static', '../../bindings-node/dist'] },
  },
  // The built application as it should be served: this policy, and for every address that is no file the one page.
  preview: {
    host: HOST,
    proxy,
    headers: {
      'Content-Security-Policy': policy,
      'Referrer-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
    },
  },
  build: {
    // Every browser that this runs in loads modules by itself, and some fetch preloads under `default-src`, which is 'none'.
    modulePreload: false,
    assetsInlineLimit: 0,
  },
})
