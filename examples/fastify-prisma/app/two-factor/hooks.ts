/** The hooks that tie Twinlock's HTTP contract to our users and tokens. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { twinlock, type Verified } from 'twinlock/fastify'
import type { Proof } from '../access-tokens.ts'
import { accountName, isAdmin, type User } from '../accounts.ts'
import { perAccount } from '../limits.ts'
import type { Parts } from '../parts.ts'
import { checkPassword } from '../passwords.ts'

declare module 'twinlock/fastify' {
  interface TwinlockTypes {
    user: User
  }
}

/** Where the contract stands. */
export const BASE = '/api/auth/2fa'
/** Where its help desk stands. */
export const ADMIN_BASE = '/api/admin/2fa'

/** Whether this is the password of the user who is signed in; the tries are counted. */
export type Reauthenticate = (request: FastifyRequest, user: User, password: string) => Promise<boolean>

/**
 * Registers the HTTP contract of Twinlock with our hooks.
 *
 * `proof: 'bearer'` with the `assurance` hook: the proof travels inside our access token as claim `tfa`, whether that token comes in
 * a header or in a cookie. No `allowedOrigins`: the separate front end sends bearer tokens, and nobody else's page may use our
 * cookies.
 */
export async function addTwoFactor(app: FastifyInstance, parts: Parts, reauthenticate: Reauthenticate): Promise<void> {
  const { sessions, twoFactor } = parts
  await app.register(twinlock, {
    twoFactor: twoFactor.engine,
    prefix: BASE,
    adminPrefix: ADMIN_BASE,
    user: async request => (await sessions.signedIn(request))?.user,
    onVerified: (request, verified, reply) => signIn(parts, request, verified, reply),
    proof: 'bearer',
    assurance: async request => (await sessions.signedIn(request))?.claims.proof.tfa,
    device: request => sessions.deviceOf(request),
    requiredFor: isAdmin,
    reauthenticate,
    mayAdminister: async request => {
      const found = await sessions.signedIn(request)
      return found !== null && isAdmin(found.user)
    },
    accountName,
    setupUrl: '/account',
  })
}

/** The check of the password of somebody who is signed in: guesses at an open session count for the account. */
export function passwordCheck(app: FastifyInstance, { settings }: Parts): Reauthenticate {
  const limit = perAccount(app, settings.signInLimit, request => request.signedIn?.user.id ?? request.ip)
  return async (request, user, password) => {
    await limit(request)
    return checkPassword(password, user.passwordHash)
  }
}

/**
 * Makes the tokens of somebody who has proved who they are.
 *
 * A sign-in begins a new session. Setup and step-up go on with the one there is and put the fresh proof into it. Either way,
 * sessions of this user from before the second factor end.
 */
async function signIn(
  { sessions, tokens }: Parts,
  request: FastifyRequest,
  verified: Verified,
  reply: FastifyReply,
): Promise<object> {
  const { userId, assurance, device } = verified
  const proof = proofOf(verified)
  const session = verified.occasion === 'sign_in' ? null : await sessions.signedIn(request)
  const issued = session ? undefined : await tokens.issue(userId, proof)
  const family = issued?.family ?? (session as NonNullable<typeof session>).claims.family
  if (session) await tokens.prove(family, proof)
  if (assurance !== undefined) await tokens.endOthers(userId, { keep: family, unprovenOnly: true })
  const told = issued
    ? sessions.tell(request, reply, issued)
    : sessions.tellAccess(request, reply, { userId, family, proof })
  return { ...told, ...sessions.tellDevice(request, reply, device) }
}

function proofOf({ method, assurance }: Verified): Proof {
  const withCode = method === 'totp' || method === 'backup_code'
  return { amr: withCode ? ['pwd', 'otp'] : ['pwd'], ...(assurance !== undefined && { tfa: assurance }) }
}
