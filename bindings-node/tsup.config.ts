import { existsSync } from 'node:fs'
import { defineConfig } from 'tsup'

/** Entry points by the name under `dist/`, as `exports` of package.json has them. */
const entry = {
  index: 'ts/index.ts',
  'testing/index': 'ts/testing/index.ts',
  'cli/index': 'ts/cli/index.ts',
  'storage/pg': 'ts/storage/pg.ts',
  'storage/mysql2': 'ts/storage/mysql2.ts',
  'storage/prisma': 'ts/storage/prisma.ts',
  'storage/redis': 'ts/storage/redis.ts',
  'express/index': 'ts/express/index.ts',
  'fastify/index': 'ts/fastify/index.ts',
  'client/index': 'ts/client/index.ts',
}

export default defineConfig({
  entry: Object.fromEntries(Object.entries(entry).filter(([, source]) => existsSync(source))),
  format: ['esm', 'cjs'],
  target: 'node20',
  // Classes and symbols are shared between the entry points of one format.
  splitting: true,
  // `import.meta.url` for CommonJS.
  shims: true,
  clean: true,
  dts: { compilerOptions: { stripInternal: true } },
  external: ['#native'],
  // The scripts of contract/redis, as text.
  loader: { '.lua': 'text' },
})
