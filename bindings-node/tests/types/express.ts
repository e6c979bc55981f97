/** Programs as users of `twinlock/express` write them; compiled, never run. */
import express from 'express'
import session from 'express-session'
import { MemoryStorage, TwoFactor } from 'twinlock'
import twinlock, { type LoginOptions, ProblemError, type TwinlockOptions } from 'twinlock/express'

interface User {
  id: string
  email: string
}

declare module 'express-session' {
  interface SessionData {
    account: User
  }
}

const app = express()
app.use(session({ secret: 'x', resave: false, saveUninitialized: false }))

const tf = twinlock({
  twoFactor: new TwoFactor({ issuer: 'Acme', storage: new MemoryStorage() }),
  user: async (req): Promise<User | undefined> => req.session.account,
  onVerified: (req, verified, res) => {
    res.setHeader('X-Method', verified.method)
    req.session.account = { id: verified.userId, email: '' }
  },
  // The user's type comes from the hook `user`.
  requiredFor: user => user.email.endsWith('@example.com'),
  mayAdminister: req => req.session.account?.id === '1',
})

app.use('/2fa', tf.router)
app.use('/2fa/admin', tf.adminRouter)
app.post(
  '/login',
  tf.twinlockLogin(req => checked(req.body), { carry: (_req, user) => user.email }),
)
app.post('/own', async (req, res) => {
  const options: LoginOptions = { code: req.body.code, trustDevice: true }
  await tf.login(req, res, checked(req.body), options)
})
app.post('/payout', tf.required({ maxAge: 300 }), (_req, res) => {
  res.json({})
})
app.use(tf.problems)

// @ts-expect-error: a misspelt setting would be a guard that does not hold
tf.required({ maxage: 300 })
// @ts-expect-error: without the hook nobody is ever signed in
const wrong: TwinlockOptions<User> = { twoFactor: new TwoFactor({ issuer: '', storage: new MemoryStorage() }) }

function checked(_body: unknown): User | null {
  return null
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof ProblemError ? error.code : undefined
}

export { wrong }
