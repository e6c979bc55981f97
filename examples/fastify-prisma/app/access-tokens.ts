/** Access tokens: signed by @fastify/jwt, 15 minutes, with `amr` and Twinlock's assurance as claim `tfa`. */
import { randomUUID } from 'node:crypto'
import jwt, { type FastifyJWTOptions, type TokenOrHeader } from '@fastify/jwt'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { JwtKeys } from './jwt-keys.ts'
import type { Settings } from './settings.ts'

/** How the user proved who they are. */
export interface Proof {
  /** `pwd`, or `pwd` and `otp`. */
  readonly amr: readonly string[]
  /** Twinlock's assurance: sealed, checked by Twinlock only. */
  readonly tfa?: string
}

/** What a valid access token says. */
export interface Claims {
  readonly userId: string
  readonly family: string
  readonly jti: string
  /** Unix seconds. */
  readonly expiresAt: number
  readonly proof: Proof
}

interface Payload {
  readonly sub: string
  readonly sid: string
  readonly jti: string
  readonly iat: number
  readonly exp: number
  readonly amr: readonly string[]
  readonly tfa?: string
}

declare module '@fastify/jwt' {
  interface FastifyJWT {
    payload: Payload
    user: Payload
  }
}

const ISSUER = 'twinlock-example'
const ALGORITHM = 'HS256'

/**
 * Registers @fastify/jwt with our keys. The key id in a token's header says which of them signed it.
 * @param tokenOf - finds the token that a request brings
 */
export async function addAccessTokens(
  app: FastifyInstance,
  { jwtKeys }: Settings,
  tokenOf: (request: FastifyRequest) => string | undefined,
): Promise<void> {
  const options: FastifyJWTOptions = {
    secret: {
      private: jwtKeys.active,
      public: async (_request: FastifyRequest, token: TokenOrHeader) => keyOf(jwtKeys, token),
    },
    decode: { complete: true },
    sign: { algorithm: ALGORITHM, kid: jwtKeys.activeId, iss: ISSUER },
    verify: {
      algorithms: [ALGORITHM],
      allowedIss: ISSUER,
      requiredClaims: ['sub', 'sid', 'jti', 'exp', 'amr'],
      // Checked in `readAccess`, by the clock of the application.
      ignoreExpiration: true,
      extractToken: request => tokenOf(request),
    },
  }
  await app.register(jwt, options)
}

/** A signed access token. */
export function signAccess(
  app: FastifyInstance,
  now: number,
  seconds: number,
  of: { userId: string; family: string; proof: Proof },
): string {
  const { userId: sub, family: sid, proof } = of
  const iat = Math.floor(now)
  return app.jwt.sign({ sub, sid, jti: randomUUID(), iat, exp: iat + seconds, ...proof })
}

/** What the request's access token says, if it is ours and has not expired. Does not know of sign-outs. */
export async function readAccess(request: FastifyRequest, now: number): Promise<Claims | null> {
  const payload = await request.jwtVerify<Payload>().catch(() => null)
  if (payload === null || !(payload.exp > now)) return null
  const { sub: userId, sid: family, jti, exp: expiresAt, amr, tfa } = payload
  return { userId, family, jti, expiresAt, proof: { amr, ...(tfa !== undefined && { tfa }) } }
}

function keyOf(keys: JwtKeys, token: TokenOrHeader): string {
  const secret = keys.secret('header' in token ? token.header.kid : token.kid)
  if (secret === undefined) throw new Error('no key of ours')
  return secret
}
