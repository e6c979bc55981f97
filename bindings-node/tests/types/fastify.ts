/** Programs as users of `twinlock/fastify` write them; compiled, never run. `app.twinlock` is there by the import alone. */
import fastify from 'fastify'
import { MemoryStorage, TwoFactor } from 'twinlock'
import twinlock, { ProblemError, type TwinlockOptions, type Verified } from 'twinlock/fastify'

interface User {
  id: number
  email: string
  role: 'user' | 'admin'
}

declare module 'twinlock/fastify' {
  interface TwinlockTypes {
    user: User
  }
}

declare module 'fastify' {
  interface FastifyRequest {
    account: User | null
  }
}

const twoFactor = new TwoFactor({ issuer: 'Acme', storage: new MemoryStorage() })
const app = fastify()

await app.register(twinlock, {
  twoFactor,
  prefix: '/2fa',
  adminPrefix: '/2fa/admin',
  authenticate: async request => {
    await Promise.resolve(request.ip)
  },
  user: request => request.account,
  onVerified: async (request, verified, reply) => {
    request.log.info(verified.occasion)
    reply.header('X-Method', verified.method)
    return { token: sign(verified) }
  },
  proof: 'bearer',
})

const options: TwinlockOptions = {
  twoFactor,
  user: request => request.account,
  onVerified: (_request, verified, reply) => () => reply.redirect(verified.carry ?? '/'),
  requiredFor: user => user.role === 'admin',
  reauthenticate: async (_request, user, password) => user.email === password,
  accountName: user => user.email,
}
await app.register(twinlock, options)

app.post('/login', async (request, reply) => app.twinlock.login(request, reply, request.account, { carry: '/basket' }))
app.post('/payout', { preHandler: app.twinlock.required({ maxAge: 300 }) }, async () => ({}))
app.post('/logout', async (request, reply) => {
  await app.twinlock.forget(request, reply)
})
app.setErrorHandler(app.twinlock.problems)

// @ts-expect-error: a misspelt setting would be a guard that does not hold
app.twinlock.required({ maxage: 300 })
// @ts-expect-error: a place that does not exist
const wrong: TwinlockOptions = { ...options, proof: 'url' }
// @ts-expect-error: an address is no number
const address: TwinlockOptions = { ...options, clientIp: () => 7 }

export function codeOf(error: unknown): string | undefined {
  return error instanceof ProblemError ? error.code : undefined
}

function sign(verified: Verified): string {
  return `${verified.userId} ${verified.assurance ?? ''}`
}

export { address, wrong }
