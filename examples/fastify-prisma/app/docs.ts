/** `/docs`: Swagger UI from our own address, so that no foreign script runs where our cookies live. */
import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'

const DESCRIPTION = `Accounts with a second factor. “Try it out” on \`POST /api/auth/login\` signs this browser in by cookie; an API
client gets tokens in the body instead and sends them as \`Authorization: Bearer …\`.`

// Swagger UI writes style attributes and parses HTML; the pages keep the strict policy.
const POLICY = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self' 'unsafe-inline'",
  'img-src': "'self' data:",
  'connect-src': "'self'",
  'form-action': "'self'",
  'base-uri': "'none'",
  'frame-ancestors': "'none'",
}

/** Registers them; routes added afterwards are described. */
export async function addDocs(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Twinlock example', version: '0.1.0', description: DESCRIPTION },
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', description: 'an access token; pages use cookies' },
        },
      },
      security: [{ bearer: [] }],
    },
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: POLICY,
    // Nobody else is asked what they think of our description.
    uiConfig: { deepLinking: true, validatorUrl: null },
  })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}
