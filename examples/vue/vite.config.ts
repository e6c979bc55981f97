import vue from '@vitejs/plugin-vue';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [
    vue({ template: { compilerOptions: { isCustomElement: (tag) => tag.startsWith('twinlock-') } } }),
  ],
  server: {
    host: '127.0.0.1',
    // One origin for page and server: the session stays in HttpOnly cookies, as behind a proxy in production.
    proxy: { '/api': 'http://127.0.0.1:8000' },
    // The look of all examples, and the package where `npm ci` links it from.
    fs: { allow: ['.', '../pages/static', '../../bindings-node/dist'] },
  },
  // Every browser that this runs in knows preloads; in place of one the polyfill would call `fetch`, past the policy for scripts.
  build: { modulePreload: { polyfill: false } },
});
