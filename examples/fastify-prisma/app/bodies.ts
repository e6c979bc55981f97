/** What requests may hold. Lengths are checked here, forms where they matter; numbers never turn into text. */
import type { FastifyInstance } from 'fastify'
import { MAX_LENGTH, MIN_LENGTH } from './passwords.ts'

/** A request body is at most this long, in bytes. */
export const BODY_LIMIT = 10_000

// Half of a surrogate pair is no character: encoded, all of them would become the same one.
const WELL_FORMED = '^\\P{Cs}*$'
const text = (maxLength: number) => ({ type: 'string', maxLength, pattern: WELL_FORMED }) as const
const password = text(MAX_LENGTH)
const newPassword = { ...password, minLength: MIN_LENGTH } as const

const object = (properties: Readonly<Record<string, object>>, ...required: string[]) => ({
  type: 'object',
  required,
  properties,
})

/** A new account. */
export const registration = object(
  { username: text(64), email: text(254), password: newPassword },
  'username',
  'email',
  'password',
)

/** A sign-in, by user name or e-mail address. With `code` it is one call; without, the answer may hold a challenge. */
export const credentials = object(
  {
    username: { ...text(254), description: 'user name or e-mail address' },
    password,
    code: { ...text(256), nullable: true },
    next_codes: { type: 'array', maxItems: 8, items: text(256) },
    trust_device: { type: 'boolean' },
  },
  'username',
  'password',
)

/** A refresh token; pages send none, theirs is in a cookie. */
export const refresh = { ...object({ refresh_token: { ...text(256), nullable: true } }), type: ['object', 'null'] }

/** The old password and the new one. */
export const passwordChange = object({ password, new_password: newPassword }, 'password', 'new_password')

/** Reads JSON; a body of no bytes counts as none, whatever its type is said to be. */
export function readJson(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined)
    else parse(request, body, done)
  })
}
