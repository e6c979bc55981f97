/**
 * Generates the Prisma client into `app/generated/`.
 *
 * `prisma generate` fetches a schema engine that it does not need for this, unless told where one is; any program will do. Where
 * that download is no trouble, `npx prisma generate` does the same.
 */
import { execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const prisma = createRequire(import.meta.url).resolve('prisma/build/index.js')
execFileSync(process.execPath, [prisma, 'generate'], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  env: {
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
    ...process.env,
  },
  stdio: ['ignore', 'ignore', 'pipe'],
})
