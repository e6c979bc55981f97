/**
 * Generates one Prisma client for each database from the models as they are shipped to paste, into `prisma/generated/`.
 *
 * `prisma generate` fetches a schema engine that it does not need for this, unless told where one is; any program will do.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const here = new URL('.', import.meta.url)
const shipped = new URL('../../../../bindings-node/prisma/', import.meta.url)
const models = { postgresql: 'twinlock.prisma', sqlite: 'twinlock.prisma', mysql: 'twinlock.mysql.prisma' }
const prisma = createRequire(import.meta.url).resolve('prisma/build/index.js')

rmSync(new URL('generated', here), { recursive: true, force: true })
for (const [provider, file] of Object.entries(models)) {
  const folder = new URL(`generated/${provider}/`, here)
  mkdirSync(folder, { recursive: true })
  const schema = fileURLToPath(new URL('schema.prisma', folder))
  writeFileSync(
    schema,
    `generator client {
  provider     = "prisma-client"
  output       = "client"
  moduleFormat = "esm"
}

datasource db {
  provider = "${provider}"
}

${readFileSync(new URL(file, shipped), 'utf8')}`,
  )
  execFileSync(process.execPath, [prisma, 'generate', `--schema=${schema}`], {
    env: { ...process.env, PRISMA_SCHEMA_ENGINE_BINARY: process.execPath, PRISMA_HIDE_UPDATE_MESSAGE: '1', CHECKPOINT_DISABLE: '1' },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}
