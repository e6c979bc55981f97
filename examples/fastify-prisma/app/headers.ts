/** What browsers may do with our answers, and who else's pages may call. */
import cors from '@fastify/cors'
import helmet from '@fastify/helmet'
import type { FastifyInstance } from 'fastify'
import { POLICY } from '../../shared-node/pages.js'
import type { Settings } from './settings.ts'
import { BASE } from './two-factor/hooks.ts'

const YEAR = 365 * 86_400

/** Registers them for the whole application. */
export async function addHeaders(app: FastifyInstance, { https, frontendUrl }: Settings): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: POLICY,
    referrerPolicy: { policy: 'same-origin' },
    strictTransportSecurity: https && { maxAge: YEAR, includeSubDomains: false },
  })
  // Bearer tokens only: no credentials, so a foreign page never acts with the user's cookies.
  await app.register(cors, {
    origin: [frontendUrl],
    methods: ['GET', 'POST', 'PATCH', 'DELETE'],
    allowedHeaders: ['Authorization', 'Content-Type', 'Twinlock-Device'],
    exposedHeaders: ['Retry-After', 'WWW-Authenticate'],
    maxAge: 600,
  })
  app.addHook('onSend', async (request, reply) => {
    const path = request.url.split('?')[0] ?? ''
    if (path.startsWith('/api/') && !path.startsWith(`${BASE}/web/`)) reply.header('Cache-Control', 'no-store')
    else if (!reply.hasHeader('Cache-Control')) reply.header('Cache-Control', 'no-cache')
  })
}
