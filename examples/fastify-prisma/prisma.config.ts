import { defineConfig } from 'prisma/config'

// For the Prisma command line alone; the application reads the same variable itself (app/settings.ts).
export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
  datasource: { url: process.env['DATABASE_URL'] ?? 'file:../../.demo/fastify/app.db' },
})
